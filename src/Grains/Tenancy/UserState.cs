using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;

namespace Bailiwick.Grains.Tenancy;

/// <summary>
/// A user as it is stored. A deleted one leaves its numbers behind, so that a fact's version and the credential epoch never go
/// back when the name is made again: what was signed in as the old user is nobody.
/// </summary>
[GenerateSerializer, Immutable, Alias("UserState")]
internal sealed record UserState : IOwnable
{
    [Id(0)] public long Version { get; init; }
    [Id(1)] public long CredentialEpoch { get; init; }
    [Id(2)] public bool IsDeleted { get; init; }
    [Id(3)] public bool IsEnabled { get; init; }
    [Id(4)] public bool IsFirstAdmin { get; init; }
    [Id(5)] public UserProfile Profile { get; init; } = UserProfile.Empty;
    [Id(6)] public Verifier? Verifier { get; init; }
    [Id(7)] public PasswordStrength Strength { get; init; }
    [Id(8)] public DateTimeOffset LastPasswordChange { get; init; }
    [Id(9)] public bool ShouldResetPassword { get; init; }
    [Id(10)] public AuthoritySet Direct { get; init; }
    [Id(11)] public IReadOnlyList<int> Groups { get; init; } = [];

    /// <summary>The user above in the hierarchy, or null.</summary>
    [Id(12)] public string? Above { get; init; }
    [Id(13)] public DateTimeOffset CreationTime { get; init; }
    [Id(14)] public IReadOnlyList<ApplicationAccess> Applications { get; init; } = [];

    // A user that was stored before there were these has none of them.
    [Id(15)] public IReadOnlyList<AssignedRoles> Assignments { get => field ?? []; init; } = [];
    [Id(16)] public IReadOnlyList<ObjectGrants> DevicePermissions { get => field ?? []; init; } = [];

    /// <summary>The highest number that an assignment ever had, of this user and of those who had the name before.</summary>
    [Id(17)] public int LastAssignmentId { get; init; }

    /// <summary>The user who has this one act for it in managing users, or null.</summary>
    [Id(18)] public string? DelegatedBy { get; init; }

    /// <summary>The name of what grain storage keeps; lists scan by it.</summary>
    public const string StateName = "user";

    bool IOwnable.IsTombstone => IsDeleted;

    public UserFact Fact(UserId user) => new(user, Version, IsEnabled && !IsDeleted, CredentialEpoch, Direct, Groups, ShouldResetPassword)
    {
        Assignments = Assignments, DevicePermissions = DevicePermissions, ActsFor = DelegatedBy,
        PasswordSinceMs = user.IsDevice || user == UserId.DeviceBootstrap || Groups.Contains(DefaultGroups.Devices) ? 0 : LastPasswordChange.ToUnixTimeMilliseconds(),
    };

    public UserState Tombstone() => new() { Version = Version + 1, CredentialEpoch = CredentialEpoch + 1, IsDeleted = true, LastAssignmentId = LastAssignmentId };

    public User View(UserId id, IReadOnlyList<Group> tenantsGroups) => new(
        id, Profile, IsEnabled, Strength, LastPasswordChange, ShouldResetPassword, Direct,
        [.. tenantsGroups.Where(g => Groups.Contains(g.Id))], Above, CreationTime) { Applications = Applications, DevicePermissions = DevicePermissions, DelegatedBy = DelegatedBy };
}

/// <summary>What the audit trail is told of a change of a user; what it says of a group is put likewise. Verifiers and passwords are never part of it.</summary>
internal static class UserChanges
{
    public static IReadOnlyList<AuditChange> Between(UserState before, UserState after)
    {
        var changes = new List<AuditChange>();
        Add(changes, "email", before.Profile.Email, after.Profile.Email);
        Add(changes, "firstName", before.Profile.FirstName, after.Profile.FirstName);
        Add(changes, "lastName", before.Profile.LastName, after.Profile.LastName);
        Add(changes, "displayName", before.Profile.DisplayName, after.Profile.DisplayName);
        Add(changes, "phone", before.Profile.Phone, after.Profile.Phone);
        Add(changes, "customProperties", before.Profile.CustomProperties.IsSame(after.Profile.CustomProperties),
            Text(before.Profile.CustomProperties), Text(after.Profile.CustomProperties));
        Add(changes, "enabled", Text(before.IsEnabled), Text(after.IsEnabled), "Boolean");
        Add(changes, "shouldResetPassword", Text(before.ShouldResetPassword), Text(after.ShouldResetPassword), "Boolean");
        Add(changes, "groups", string.Join(',', before.Groups.Order()), string.Join(',', after.Groups.Order()));
        Add(changes, "roles", Text(before.Direct), Text(after.Direct));
        Add(changes, "applications", before.Applications.SequenceEqual(after.Applications), Text(before.Applications), Text(after.Applications));
        Add(changes, "owner", before.Above, after.Above);
        Add(changes, "delegatedBy", before.DelegatedBy, after.DelegatedBy);
        AddAssignments(changes, Lines(before.Assignments), Lines(after.Assignments));
        AddGrants(changes, "devicePermissions", before.DevicePermissions, after.DevicePermissions);
        // That it changed, and nothing of what it was or is.
        if (before.Verifier != after.Verifier) changes.Add(new AuditChange("password", "String", null, null));
        return changes;
    }

    public static void Add(List<AuditChange> changes, string attribute, string? before, string? after, string type = "String") =>
        Add(changes, attribute, (before ?? "") == (after ?? ""), before, after, type);

    /// <summary>
    /// The same where a text does not tell everything apart: names that clients choose may hold whatever stands between them in it. Whether anything
    /// has changed is then said beforehand, and is recorded even when both read alike.
    /// </summary>
    public static void Add(List<AuditChange> changes, string attribute, bool isSame, string? before, string? after, string type = "String")
    {
        if (!isSame) changes.Add(new AuditChange(attribute, type, Cut(before), Cut(after)));
    }

    /// <summary>Of grants, which may be many, those on objects on which not the same is granted.</summary>
    public static void AddGrants(List<AuditChange> changes, string attribute, IReadOnlyList<ObjectGrants> before, IReadOnlyList<ObjectGrants> after)
    {
        var (gone, come) = (NotIn(after, before), NotIn(before, after));
        Add(changes, attribute, gone.Count + come.Count == 0, Text(gone), Text(come));
    }

    /// <summary>Of assignments, those that are not in both.</summary>
    private static void AddAssignments(List<AuditChange> changes, IReadOnlyList<string> before, IReadOnlyList<string> after) =>
        Add(changes, "inventoryAssignments", string.Join(';', before.Except(after)), string.Join(';', after.Except(before)));

    private static List<ObjectGrants> NotIn(IReadOnlyList<ObjectGrants> others, IReadOnlyList<ObjectGrants> some)
    {
        var there = others.ToDictionary(on => on.Object, on => on.Grants.ToHashSet());
        return [.. some.Where(on => !there.TryGetValue(on.Object, out var grants) || !grants.SetEquals(on.Grants))];
    }

    private static string? Cut(string? value) => value is null ? null : AuditRules.Cut(value);

    private static string Text(bool value) => value ? "true" : "false";

    public static string Text(AuthoritySet authorities) => string.Join(',', authorities.Members().Select(a => a.Name()));

    public static string Text(IReadOnlyList<ApplicationAccess> applications) => string.Join(',', applications.Select(a => a.Type is null ? a.Id : $"{a.Id}:{a.Type}"));

    /// <summary>The ids of the roles on each object, as in <c>4711:1,2</c>.</summary>
    private static IReadOnlyList<string> Lines(IReadOnlyList<AssignedRoles> assignments) => [.. assignments.Select(on => $"{on.Object}:{string.Join(',', on.Roles)}")];

    /// <summary>The permissions on each object, as in <c>4711:EVENT:*:READ,ALARM:*:READ</c>.</summary>
    private static string Text(IEnumerable<ObjectGrants> permissions) =>
        string.Join(';', permissions.Select(on => $"{on.Object}:{string.Join(',', on.Grants.Select(grant => grant.Text()))}"));

    public static string Text(Fragments properties) =>
        string.Join(',', properties.Items.Select(f => $"\"{f.Name}\":{System.Text.Encoding.UTF8.GetString(f.Json)}"));
}
