using System.Collections.Frozen;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Access;

/// <summary>
/// What decisions need to know of a user. The User grain writes it; every silo keeps a copy of those it uses.
/// </summary>
/// <param name="Version">Grows with every change, deletion and making anew included; a copy is replaced by a newer one only.</param>
/// <param name="IsActive">False when the user is disabled, deleted or was never made.</param>
/// <param name="CredentialEpoch">Grows when credentials change: callers made from older ones are nobody.</param>
/// <param name="MustChangePassword">See <see cref="Rights.MustChangePassword"/>.</param>
[GenerateSerializer, Immutable, Alias("UserFact")]
internal sealed record UserFact(
    UserId User, long Version, bool IsActive, long CredentialEpoch, AuthoritySet Direct, IReadOnlyList<int> Groups,
    bool MustChangePassword = false)
{
    // A silo of an earlier release says nothing of these.
    [Id(0)] public IReadOnlyList<AssignedRoles> Assignments { get => field ?? []; init; } = [];
    [Id(1)] public IReadOnlyList<ObjectGrants> DevicePermissions { get => field ?? []; init; } = [];

    /// <summary>Since when the password is what it is, in milliseconds since 1970 UTC; 0 for one that never runs out, as a device's.</summary>
    [Id(2)] public long PasswordSinceMs { get; init; }

    /// <summary>The user for whom this one acts in managing users, or null.</summary>
    [Id(3)] public string? ActsFor { get; init; }

    public static UserFact Unknown(UserId user) => new(user, 0, false, 0, AuthoritySet.Empty, []);
}

/// <summary>The inventory roles that a user has on one object, and on all below it; ids of roles that the tenant has deleted give nothing.</summary>
/// <param name="Id">The assignment's number among the user's.</param>
[GenerateSerializer, Immutable, Alias("AssignedRoles")]
internal sealed record AssignedRoles(int Id, ObjectId Object, IReadOnlyList<int> Roles);

/// <summary>What decisions need to know of a tenant: whether it is served, what its groups hold, and what its inventory roles are.</summary>
[GenerateSerializer, Immutable, Alias("TenantFact")]
internal sealed record TenantFact(TenantId Tenant, long Version, bool IsActive, FrozenDictionary<int, AuthoritySet> Groups)
{
    private static readonly FrozenDictionary<int, IReadOnlyList<ObjectGrants>> NoPermissions = FrozenDictionary<int, IReadOnlyList<ObjectGrants>>.Empty;
    private static readonly FrozenDictionary<int, IReadOnlyList<Grant>> NoRoles = FrozenDictionary<int, IReadOnlyList<Grant>>.Empty;

    /// <summary>The device permissions of those groups that have any.</summary>
    [Id(0)] public FrozenDictionary<int, IReadOnlyList<ObjectGrants>> DevicePermissions { get => field ?? NoPermissions; init; } = NoPermissions;

    /// <summary>What each inventory role grants.</summary>
    [Id(1)] public FrozenDictionary<int, IReadOnlyList<Grant>> InventoryRoles { get => field ?? NoRoles; init; } = NoRoles;

    /// <summary>Who may sign in by name and password, and with which clients.</summary>
    [Id(2)] public BasicSignIn BasicSignIn { get => field ?? BasicSignIn.Default; init; } = BasicSignIn.Default;

    /// <summary>Whether a measurement shows with those of its fragments that the reader's grants cover.</summary>
    [Id(3)] public bool ShowsCoveredFragments { get; init; }

    /// <summary>For how many days a password that a person chose is good; 0 for ever.</summary>
    [Id(4)] public int PasswordDays { get; init; }

    /// <summary>Whether the tenant may have tenants below it.</summary>
    [Id(5)] public bool AllowsSubtenants { get; init; }

    /// <summary>Whether the tenant was deleted. Nothing else is said of it then.</summary>
    [Id(6)] public bool IsDeleted { get; init; }

    /// <summary>Whether there is such a tenant, served or not.</summary>
    public bool IsThere => Version > 0 && !IsDeleted;

    public static TenantFact Unknown(TenantId tenant) => new(tenant, 0, false, FrozenDictionary<int, AuthoritySet>.Empty);

    public static TenantFact Deleted(TenantId tenant, long version) => new(tenant, version, false, FrozenDictionary<int, AuthoritySet>.Empty) { IsDeleted = true };
}

/// <summary>The source of the facts of a tenant's users (key: the tenant). It answers while a change is under way: versions decide the race.</summary>
[Alias("IUserFactSource")]
internal interface IUserFactSource : IGrainWithStringKey
{
    [Alias("ReadFact"), AlwaysInterleave, Platform("a silo fetches a fact that it does not hold", PlatformTask.Facts)]
    Task<UserFact> ReadFact(Caller caller, string userName);
}

/// <summary>The Tenant grain as the source of its fact.</summary>
[Alias("ITenantFactSource")]
internal interface ITenantFactSource : IGrainWithStringKey
{
    [Alias("ReadFact"), AlwaysInterleave, Platform("a silo fetches a fact that it does not hold", PlatformTask.Facts)]
    Task<TenantFact> ReadFact(Caller caller);
}

/// <summary>
/// Spreads a changed fact. When a task completes, every silo has installed the fact and closed what rested on the old one, or
/// its lease has run out. The change is persisted before.
/// </summary>
internal interface IFactPublisher
{
    Task PublishAsync(UserFact fact);

    Task PublishAsync(TenantFact fact);

    /// <summary>A link between objects of this tenant was made or removed.</summary>
    Task PublishLinksAsync(TenantId tenant);
}

/// <summary>What this silo knows of a caller.</summary>
/// <param name="Refusal">Why the caller is not served, for the log; null when it is.</param>
internal sealed record Standing(long CredentialEpoch, Rights Rights, string? Refusal)
{
    public bool IsServed => Refusal is null;

    /// <summary>When the password runs out, in milliseconds since 1970 UTC.</summary>
    public long PasswordUntilMs { get; init; } = long.MaxValue;
}

/// <summary>This silo's copies of the facts, fetched when first needed.</summary>
internal interface IFacts
{
    /// <summary>
    /// The standing of a user by facts that are at least as new as the credentials that the caller was made from. Completes at once when
    /// the silo holds the facts.
    /// </summary>
    ValueTask<Standing> StandingAsync(UserId user, long credentialEpochMin);

    ValueTask<TenantFact> TenantAsync(TenantId tenant);

    /// <summary>To be called before a user is read from where it is stored by who means to offer what it reads.</summary>
    FactReading BeginReading(UserId user);

    /// <summary>
    /// Takes a fact of a user that is there, read for another reason, as if it had been fetched; passes it over when this silo may have missed or forgotten
    /// something newer since the reading began.
    /// </summary>
    void Offer(UserFact fact, FactReading reading);
}

/// <summary>What this silo had forgotten when the reading of a user's fact began.</summary>
/// <param name="Lapses">How often the silo has forgotten everything.</param>
/// <param name="Forgotten">How often it has forgotten this user, or one of the few that count with it.</param>
internal readonly record struct FactReading(long Lapses, long Forgotten);

/// <summary>Whether this silo may decide anything at all now.</summary>
internal interface ISiloLease
{
    bool IsHeld { get; }
}
