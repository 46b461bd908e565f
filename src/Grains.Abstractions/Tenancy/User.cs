using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Tenancy;

/// <summary>A rating of a password, made when it is set.</summary>
public enum PasswordStrength : byte
{
    None = 0,
    Red = 1,
    Yellow = 2,
    Green = 3,
}

/// <summary>What a user shows of itself. All fields but the name may be empty.</summary>
[GenerateSerializer, Immutable, Alias("UserProfile")]
public sealed record UserProfile(
    string? Email, string? FirstName, string? LastName, string? DisplayName, string? Phone, Fragments CustomProperties)
{
    public static readonly UserProfile Empty = new(null, null, null, null, null, Fragments.None);
}

/// <summary>A user, without anything that could sign in as one.</summary>
/// <param name="Direct">Authorities held directly.</param>
/// <param name="Groups">Groups the user is in, with their authorities.</param>
/// <param name="Owner">The user above in the hierarchy of users, or null.</param>
[GenerateSerializer, Immutable, Alias("User")]
public sealed record User(
    UserId Id, UserProfile Profile, bool IsEnabled, PasswordStrength Strength, DateTimeOffset LastPasswordChange, bool ShouldResetPassword,
    AuthoritySet Direct, IReadOnlyList<Group> Groups, string? Owner, DateTimeOffset CreationTime)
{
    /// <summary>Applications given directly.</summary>
    [Id(0)] public IReadOnlyList<ApplicationAccess> Applications { get; init; } = [];

    /// <summary>How many users stand directly below; null unless a list asked for it.</summary>
    [Id(1)] public int? SubusersCount { get; init; }

    /// <summary>What the user itself may do with single objects and their data, in the order of the objects.</summary>
    [Id(2)] public IReadOnlyList<ObjectGrants> DevicePermissions { get; init; } = [];

    /// <summary>The user for whom this one manages users, or null.</summary>
    [Id(3)] public string? DelegatedBy { get; init; }

    /// <summary>Everything held: directly and through groups.</summary>
    public AuthoritySet Effective => Groups.Aggregate(Direct, (all, group) => all | group.Authorities);
}

/// <summary>What an administrator asks for.</summary>
[GenerateSerializer, Immutable, Alias("NewUser")]
public sealed record NewUser(
    string Name, UserProfile Profile, string Password, bool IsEnabled, bool ShouldResetPassword, IReadOnlyList<int> Groups, AuthoritySet Direct)
{
    /// <summary>The user above: heeded from an administrator, for everybody else makes users below itself.</summary>
    [Id(0)] public string? Owner { get; init; }
    [Id(1)] public IReadOnlyList<ApplicationAccess> Applications { get; init; } = [];
    [Id(2)] public IReadOnlyList<ObjectGrants> DevicePermissions { get; init; } = [];
}

/// <summary>A change of a user; null leaves a field as it is, an empty text clears it.</summary>
[GenerateSerializer, Immutable, Alias("UserChange")]
public sealed record UserChange(
    string? Email, string? FirstName, string? LastName, string? DisplayName, string? Phone, Fragments? CustomProperties,
    bool? IsEnabled, bool? ShouldResetPassword, string? Password)
{
    [Id(0)] public IReadOnlyList<ApplicationAccess>? Applications { get; init; }
    [Id(1)] public IReadOnlyList<ObjectGrants>? DevicePermissions { get; init; }
}

/// <summary>Which users are wanted.</summary>
/// <param name="NamePrefix">Only names that begin so.</param>
/// <param name="Groups">Only members of one of these.</param>
/// <param name="OnlyDevices">Device users instead of all others: the default leaves them out.</param>
[GenerateSerializer, Immutable, Alias("UserQuery")]
public sealed record UserQuery(string? NamePrefix, IReadOnlyList<int>? Groups, string? Owner, bool OnlyDevices)
{
    /// <summary>Whether to count those directly below each user.</summary>
    [Id(0)] public bool WithSubusersCount { get; init; }
}

/// <summary>One user. Key: tenant/name.</summary>
[Alias("IUserGrain")]
public interface IUserGrain : IGrainWithStringKey
{
    [Alias("Read"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<User> Read(Caller caller);

    [Alias("ReadOwn"), Requires(Permission.OwnRead)]
    Task<User> ReadOwn(Caller caller);

    [Alias("Create"), Requires(Permission.UserCreate)]
    Task<User> Create(Caller caller, NewUser request);

    [Alias("Update"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task<User> Update(Caller caller, UserChange change);

    /// <summary>Changes one's own profile: what only an administrator may change is left as it is.</summary>
    [Alias("UpdateOwn"), Requires(Permission.OwnAdmin)]
    Task<User> UpdateOwn(Caller caller, UserChange change);

    [Alias("ChangeOwnPassword"), Requires(Permission.OwnAdmin)]
    Task ChangeOwnPassword(Caller caller, string currentPassword, string newPassword);

    [Alias("Delete"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task Delete(Caller caller);

    [Alias("AddToGroup"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task<User> AddToGroup(Caller caller, int group);

    [Alias("RemoveFromGroup"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task RemoveFromGroup(Caller caller, int group);

    [Alias("Assign"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task<User> Assign(Caller caller, Authority authority);

    [Alias("Unassign"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task Unassign(Caller caller, Authority authority);

    /// <summary>
    /// Puts the user below another one, or below nobody (null). An administrator does; and whoever the user stands directly below
    /// may hand it over to another.
    /// </summary>
    [Alias("SetOwner"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task<User> SetOwner(Caller caller, string? owner);

    /// <summary>
    /// Has the user act for another in managing users, or for nobody (null). An administrator says so, and the user who hands it over itself. Whoever
    /// acts for another manages the users below that one; it hands out no more than it holds, and sees nothing of the other's devices.
    /// </summary>
    [Alias("SetDelegatedBy"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task<User> SetDelegatedBy(Caller caller, string? delegatedBy);

    /// <summary>The inventory roles that the user has, object by object; whoever may read the user may read them.</summary>
    [Alias("Assignments"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<IReadOnlyList<InventoryAssignment>> Assignments(Caller caller);

    /// <summary>Gives the user inventory roles on an object, beside those that it has there.</summary>
    [Alias("AssignRoles"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task<InventoryAssignment> AssignRoles(Caller caller, ObjectId target, IReadOnlyList<int> roles);

    /// <summary>Puts inventory roles in the place of those of an assignment.</summary>
    [Alias("ReplaceRoles"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task<InventoryAssignment> ReplaceRoles(Caller caller, int assignment, IReadOnlyList<int> roles);

    /// <summary>Takes all of an assignment's roles away. When it is answered, the user holds nothing by it on any silo.</summary>
    [Alias("UnassignRoles"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task UnassignRoles(Caller caller, int assignment);
}

/// <summary>A tenant's users as a whole. Key: the tenant. Any silo answers.</summary>
[Alias("IUsersGrain")]
public interface IUsersGrain : IGrainWithStringKey
{
    /// <summary>A page of users in ascending order of name; a caller who may only manage sub-users sees these and itself.</summary>
    [Alias("Find"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<Page<User>> Find(Caller caller, UserQuery query, PageRequest page);

    /// <summary>Who has device permissions on an object. It looks through all users, devices included.</summary>
    [Alias("DevicePermissions"), ResponseTimeout(Limits.LongWork), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<DevicePermissionHolders> DevicePermissions(Caller caller, ObjectId target);

    /// <summary>
    /// Gives users and groups the device permissions on an object that they are to have: nobody where one of them refuses. When it fails half-way for
    /// another reason it can be asked again.
    /// </summary>
    [Alias("SetDevicePermissions"), Requires(Permission.UserAdmin, Permission.UserCreate)]
    Task SetDevicePermissions(Caller caller, ObjectId target, DevicePermissionsChange change);
}
