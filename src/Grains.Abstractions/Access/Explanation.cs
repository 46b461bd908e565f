using Bailiwick.Grains.Abstractions.Identity;

namespace Bailiwick.Grains.Abstractions.Access;

/// <summary>What a user would be asked for: the question of an explanation.</summary>
/// <param name="User">The name of a user of the asking user's tenant.</param>
/// <param name="Object">The managed object; null for the tenant as a whole.</param>
/// <param name="Fragments">The fragments of the piece of data meant; empty for the object's own document, or for data of any kind.</param>
[GenerateSerializer, Immutable, Alias("AccessQuestion")]
public sealed record AccessQuestion(
    [property: Id(0)] string User, [property: Id(1)] Permission Permission, [property: Id(2)] ObjectId? Object, [property: Id(3)] IReadOnlyList<string> Fragments);

/// <summary>
/// One thing that a user holds, and from where: what a decision rests on, or what would turn one over. Which members are there follows from
/// the rule: an authority for <see cref="Rule.GlobalAuthority"/>, and of a near miss by a whole group the group alone; an inventory role and where it is
/// assigned; a device permission and its object.
/// </summary>
[GenerateSerializer, Immutable, Alias("Reason")]
public sealed record Reason([property: Id(0)] Rule Rule)
{
    [Id(1)] public Authority? Authority { get; init; }

    /// <summary>The group by which the user holds it; null where it is the user's own.</summary>
    [Id(2)] public int? Group { get; init; }
    [Id(3)] public string? GroupName { get; init; }

    /// <summary>The number of the inventory role.</summary>
    [Id(4)] public int? InventoryRole { get; init; }
    [Id(5)] public string? InventoryRoleName { get; init; }

    /// <summary>The object on which a role or device permission is given, or which is owned or marked.</summary>
    [Id(6)] public ObjectId? At { get; init; }

    /// <summary>The device permission.</summary>
    [Id(7)] public Grant? Grant { get; init; }

    /// <summary>Who would have to hold it, where that is not who was refused.</summary>
    [Id(8)] public string? Holder { get; init; }

    /// <summary>Each of these by itself.</summary>
    internal static IReadOnlyList<Reason> Authorities(AuthoritySet authorities) => [.. authorities.Members().Select(authority => new Reason(Rule.GlobalAuthority) { Authority = authority })];
}

/// <summary>Why a user is, or is not, allowed something: the enforcer's own decision on what holds at this moment.</summary>
/// <param name="Unserved">Why the user is served nothing at all, or null.</param>
/// <param name="Reasons">From where the user has what decided; empty for a refusal.</param>
/// <param name="NearMisses">
/// What alone would turn the decision over: given, where it is a refusal; taken away, where it is none. Each was tried on the policy. At most
/// <see cref="Limits.NearMissesMax"/>.
/// </param>
[GenerateSerializer, Immutable, Alias("Explanation")]
public sealed record Explanation(
    [property: Id(0)] string User, [property: Id(1)] DecisionTrace Trace, [property: Id(2)] IReadOnlyList<string> Fragments, [property: Id(3)] string? Unserved,
    [property: Id(4)] IReadOnlyList<Reason> Reasons, [property: Id(5)] IReadOnlyList<Reason> NearMisses)
{
    /// <summary>Whether there may be more near misses than are named: they were not all looked for.</summary>
    [Id(6)] public bool AreNearMissesCut { get; init; }

    /// <summary>
    /// Of a piece of data that is refused as a whole, the fragments asked about that show without the rest; empty where none does, and where the tenant does not show
    /// measurements in part.
    /// </summary>
    [Id(7)] public IReadOnlyList<string> AllowedFragments { get; init; } = [];
}

/// <summary>Which denials are wanted; what is null does not narrow. Newest first.</summary>
[GenerateSerializer, Immutable, Alias("DenialQuery")]
public sealed record DenialQuery([property: Id(0)] string? User, [property: Id(1)] DateTimeOffset? From, [property: Id(2)] DateTimeOffset? To);

/// <summary>
/// Who may do what in a tenant, and why (key: the tenant). All of it is worked out by the policy that enforces, from what is stored, when it is asked. It
/// is for who may see users; who may only make users asks about those below itself, and about objects that it may see.
/// </summary>
[Alias("IAuthorizationGrain")]
public interface IAuthorizationGrain : IGrainWithStringKey
{
    /// <summary>Why a user is, or is not, allowed something. A user or object that is not there, or not for the caller to see, is a 404.</summary>
    [Alias("Explain"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<Explanation> Explain(Caller caller, AccessQuestion question);

    /// <summary>A page of the users who are allowed it, in order of name, devices among them; it looks through all users.</summary>
    [Alias("WhoCan"), ResponseTimeout(Limits.LongWork), Requires(Permission.UserRead)]
    Task<Page<Explanation>> WhoCan(Caller caller, Permission permission, ObjectId? target, IReadOnlyList<string> fragments, PageRequest page);

    /// <summary>A page of all permissions in order of their numbers, and whether the user has each: on an object, or for all of the tenant.</summary>
    [Alias("WhatCan"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<Page<Explanation>> WhatCan(Caller caller, string user, ObjectId? target, PageRequest page);

    /// <summary>A page of the objects on which a user is allowed something, in ascending order of id; of fragments, on which it is allowed at least some.</summary>
    [Alias("WhereCan"), ResponseTimeout(Limits.LongWork), Requires(Permission.UserRead)]
    Task<Page<Explanation>> WhereCan(Caller caller, string user, Permission permission, PageRequest page);

    /// <summary>What a refusal looked at, frozen when it was made. One of a user whom the caller may not see is a 404.</summary>
    [Alias("ReadDenial"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<Denial> ReadDenial(Caller caller, long id);

    /// <summary>A page of the tenant's denials, newest first. Who may only make users names one below itself.</summary>
    [Alias("Denials"), Requires(Permission.UserRead, Permission.UserCreate)]
    Task<Page<Denial>> Denials(Caller caller, DenialQuery query, PageRequest page);
}
