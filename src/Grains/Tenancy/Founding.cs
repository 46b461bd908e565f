using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Tenancy;

// What tenants, users and registrations ask of each other. The edge cannot see these.

/// <summary>How a tenant begins.</summary>
[GenerateSerializer, Immutable, Alias("TenantPlan")]
internal sealed record TenantPlan(
    string Domain, string Company, string? ContactName, string? ContactPhone, string? AdminEmail, string? AdminName, TenantId? Parent)
{
    [Id(0)] public bool AllowsSubtenants { get; init; }
}

/// <summary>The Tenant grain as it is made.</summary>
[Alias("ITenantFounding")]
internal interface ITenantFounding : IGrainWithStringKey
{
    /// <summary>Makes the tenant with its default groups; when it was made already, answers it as it is.</summary>
    [Alias("Found"), Platform("a tenant cannot be asked for by its own users, for it has none", PlatformTask.FirstStart)]
    Task<Tenant> Found(Caller caller, TenantPlan plan);
}

/// <summary>The Tenant grain as it is deleted.</summary>
[Alias("ITenantLeaving")]
internal interface ITenantLeaving : IGrainWithStringKey
{
    /// <summary>
    /// Ends the tenant for <paramref name="deletedBy"/>. Answered once no silo serves anybody of it; one that has ended already is spread again.
    /// </summary>
    [Alias("Leave"), Platform("the directory has decided who may", PlatformTask.Removal)]
    Task Leave(Caller caller, UserId deletedBy);
}

/// <summary>The Tenant grain as the source of what its groups and inventory roles are. It answers while a change is under way.</summary>
[Alias("IGroupSource")]
internal interface IGroupSource : IGrainWithStringKey
{
    [Alias("AllGroups"), AlwaysInterleave, Platform("a user shows the groups that it is in", PlatformTask.Facts)]
    Task<IReadOnlyList<Group>> AllGroups(Caller caller);

    [Alias("AllInventoryRoles"), AlwaysInterleave, Platform("a user shows the roles that it has on objects", PlatformTask.Facts)]
    Task<IReadOnlyList<InventoryRole>> AllInventoryRoles(Caller caller);
}

/// <summary>The Tenant grain as the keeper of its groups' device permissions.</summary>
[Alias("IGroupPermissions")]
internal interface IGroupPermissions : IGrainWithStringKey
{
    /// <summary>Gives groups what they are to have on an object, all or none; a trial only says whether it would.</summary>
    [Alias("SetDevicePermissions"), Requires(Permission.UserAdmin)]
    Task SetDevicePermissions(Caller caller, ObjectId target, IReadOnlyList<GroupPermissions> groups, bool isTrial);
}

/// <summary>The User grain as the keeper of its device permissions.</summary>
[Alias("IUserPermissions")]
internal interface IUserPermissions : IGrainWithStringKey
{
    /// <summary>Gives the user what it is to have on an object; a trial only says whether it would. That there is such an object has been looked at.</summary>
    [Alias("SetDevicePermissions"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task SetDevicePermissions(Caller caller, ObjectId target, IReadOnlyList<Grant> grants, bool isTrial);
}

/// <summary>The Tenants grain for the platform itself: during the first start, and for what deleted tenants leave behind.</summary>
[Alias("ITenantDirectory")]
internal interface ITenantDirectory : IGrainWithStringKey
{
    [Alias("IsFirstStartDone"), Platform("there is no user yet", PlatformTask.FirstStart)]
    Task<bool> IsFirstStartDone(Caller caller);

    /// <summary>Enters a tenant of a given id; entered already, nothing changes.</summary>
    [Alias("Enter"), Platform("there is no user yet", PlatformTask.FirstStart)]
    Task Enter(Caller caller, TenantId tenant, string domain);

    /// <summary>The deleted tenants of which something may still be stored.</summary>
    [Alias("Deleted"), Platform("what deleted tenants left behind is removed", PlatformTask.Removal)]
    Task<IReadOnlyList<TenantId>> Deleted(Caller caller);

    /// <summary>Forgets a deleted tenant of which nothing is left. Its id is never used again.</summary>
    [Alias("Forget"), Platform("nothing of a deleted tenant is left", PlatformTask.Removal)]
    Task Forget(Caller caller, TenantId tenant);

    /// <summary>From now on a start makes nothing.</summary>
    [Alias("ConfirmFirstStart"), Platform("there is no user yet", PlatformTask.FirstStart)]
    Task ConfirmFirstStart(Caller caller);
}

/// <summary>A user that comes with a tenant.</summary>
/// <param name="Password">Null to have one made.</param>
/// <param name="IsFirstAdmin">The tenant's first administrator cannot be deleted.</param>
[GenerateSerializer, Immutable, Alias("FoundingUser")]
internal sealed record FoundingUser(string? Password, string? Email, AuthoritySet Direct, IReadOnlyList<int> Groups, bool IsFirstAdmin)
{
    // A record would print its password.
    public override string ToString() => nameof(FoundingUser);
}

/// <summary>The User grain as it is made with its tenant.</summary>
[Alias("IUserFounding")]
internal interface IUserFounding : IGrainWithStringKey
{
    /// <summary>
    /// Makes the user, or gives the one that an interrupted attempt left behind the password asked for. Answers the password that was
    /// made, which is stored as a verifier by then and told nobody else; null when one was given.
    /// </summary>
    [Alias("Found"), Platform("the first users of a tenant are made by no user", PlatformTask.FirstStart)]
    Task<string?> Found(Caller caller, FoundingUser plan);
}

/// <summary>The User grain of a device, which no administrator makes and whose password nobody chooses.</summary>
[Alias("IDeviceUser")]
internal interface IDeviceUser : IGrainWithStringKey
{
    /// <summary>
    /// Makes the device's user, or gives the one there is a new password and changes nothing else: one that was disabled stays so.
    /// Answers the new password; the old one is good for nothing by then, on any silo.
    /// </summary>
    [Alias("Enroll"), Platform("a registration was accepted", PlatformTask.Registration)]
    Task<string> Enroll(Caller caller, string acceptedBy);

    /// <summary>Deletes the user, if there is one; <paramref name="removedBy"/> is who deleted the device.</summary>
    [Alias("Remove"), Platform("a device is deleted together with its user", PlatformTask.Removal)]
    Task Remove(Caller caller, string removedBy);

    /// <summary>Whether the device may sign in; null where there is no such user.</summary>
    [Alias("IsEnabled"), AlwaysInterleave, Platform("a device's object shows whether the device may connect", PlatformTask.Facts)]
    Task<bool?> IsEnabled(Caller caller);

    /// <summary>
    /// Shuts the device out, or lets it in again, for <paramref name="by"/>, who may change its object. Answered once no silo serves it by its
    /// old standing; null where there is no such user.
    /// </summary>
    [Alias("Enable"), Platform("the device's object has decided who may", PlatformTask.Disconnection)]
    Task<bool?> Enable(Caller caller, bool isEnabled, string by);
}

/// <summary>The User grain for the platform's command line.</summary>
[Alias("IPasswordRecovery")]
internal interface IPasswordRecovery : IGrainWithStringKey
{
    /// <summary>Sets a new random password and answers it. There must be such a user, and it must not be a device's.</summary>
    [Alias("Reset"), Platform("whoever commands the machine gets back in", PlatformTask.Recovery)]
    Task<string> Reset(Caller caller);
}

/// <summary>The User grain's place in the hierarchy of users. It answers while a change is under way.</summary>
[Alias("IUserLineage")]
internal interface IUserLineage : IGrainWithStringKey
{
    [Alias("Place"), AlwaysInterleave, Platform("a decision walks up the hierarchy of users", PlatformTask.Facts)]
    Task<UserPlace> Place(Caller caller);

    /// <summary>Whether there is such a user and the caller may read it: asked where the answer narrows what is shown, so that nobody is refused.</summary>
    [Alias("IsShownTo"), AlwaysInterleave, Requires(Permission.UserRead, Permission.UserCreate)]
    Task<bool> IsShownTo(Caller caller);
}

/// <summary>Where a user stands, and which applications it was given directly; all empty where there is no such user.</summary>
/// <param name="Above">The user above, or null.</param>
/// <param name="Coming">The user below whom it is being put at this moment, or null.</param>
[GenerateSerializer, Immutable, Alias("UserPlace")]
internal readonly record struct UserPlace(
    [property: Id(0)] bool Exists, [property: Id(1)] string? Above, [property: Id(2)] IReadOnlyList<ApplicationAccess>? Applications, [property: Id(3)] string? Coming);

/// <summary>Who refers to a user by its name, in a tenant (key: the tenant).</summary>
[Alias("IUserReferences")]
internal interface IUserReferences : IGrainWithStringKey
{
    /// <summary>Whether anybody stands below the user or acts for it.</summary>
    [Alias("AreThere"), Platform("a name is given again", PlatformTask.Facts)]
    Task<bool> AreThere(Caller caller, string userName);
}
