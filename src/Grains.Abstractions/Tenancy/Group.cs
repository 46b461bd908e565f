using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Grains.Abstractions.Tenancy;

/// <summary>An application that a user or the members of a group may open. It is kept as it was given; rights on data never depend on it.</summary>
/// <param name="Type">The kind of application, where the client said it.</param>
[GenerateSerializer, Immutable, Alias("ApplicationAccess")]
public sealed record ApplicationAccess(string Id, string? Type);

/// <summary>A group of a tenant, also called a global role: a named set of authorities.</summary>
[GenerateSerializer, Immutable, Alias("Group")]
public sealed record Group(int Id, string Name, string Description, AuthoritySet Authorities)
{
    /// <summary>The number of the group that every user of a device is in, and whose members lists of users leave out otherwise.</summary>
    public const int Devices = 3;

    // A group that was stored before it had these comes without them.
    [Id(0)] public IReadOnlyList<ApplicationAccess> Applications { get => field ?? []; init; } = [];
    [Id(1)] public Fragments CustomProperties { get => field ?? Fragments.None; init; } = Fragments.None;

    /// <summary>What each member may do with single objects and their data, in the order of the objects.</summary>
    [Id(2)] public IReadOnlyList<ObjectGrants> DevicePermissions { get => field ?? []; init; } = [];
}

/// <summary>What an administrator asks for.</summary>
[GenerateSerializer, Immutable, Alias("NewGroup")]
public sealed record NewGroup(
    string Name, string Description, AuthoritySet Authorities, IReadOnlyList<ApplicationAccess> Applications, Fragments CustomProperties)
{
    [Id(0)] public IReadOnlyList<ObjectGrants> DevicePermissions { get; init; } = [];
}

/// <summary>A change of a group; null leaves a field as it is. Authorities and members have ways of their own.</summary>
[GenerateSerializer, Immutable, Alias("GroupChange")]
public sealed record GroupChange(string? Name, string? Description, IReadOnlyList<ApplicationAccess>? Applications, Fragments? CustomProperties)
{
    [Id(0)] public IReadOnlyList<ObjectGrants>? DevicePermissions { get; init; }
}
