using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Orleans.Concurrency;

namespace Bailiwick.Grains.Inventory;

/// <summary>What other grains ask of a managed object; the edge cannot spell it. Same key, same grain.</summary>
[Alias("IManagedObjectUpkeep")]
internal interface IManagedObjectUpkeep : IGrainWithStringKey
{
    /// <summary>
    /// Makes the object of this id, and gives it a name in the same commit where one is given, which its grain has seen to be free. Asked by the
    /// inventory, which has drawn the id.
    /// </summary>
    [Alias("Create"), Requires(Permission.InventoryCreate)]
    Task Create(Caller caller, ManagedObject document, ExternalId? name);

    /// <summary>
    /// What the object itself says of a permission on it. It answers while it waits for others, so that two objects may ask
    /// each other.
    /// </summary>
    [Alias("Judge"), AlwaysInterleave, Requires(Permission.InventoryRead)]
    Task<Judgement> Judge(Caller caller, Permission permission);

    /// <summary>What the policy would decide on this object for others: the object itself says what it is and where it hangs.</summary>
    [Alias("Explain"), AlwaysInterleave, Platform("whoever manages users asks why one of them may do something", PlatformTask.Upkeep)]
    Task<IReadOnlyList<Explanation>> Explain(Caller caller, Suppositions asked);

    /// <summary>The ids below, of those kinds that a deletion follows; refused when the caller may not delete this object.</summary>
    [Alias("BelowForDeletion"), AlwaysInterleave, Requires(Permission.InventoryAdmin)]
    Task<IReadOnlyList<ObjectId>> BelowForDeletion(Caller caller, bool cascade);

    /// <summary>Writes a name of this object; the name's grain, which asks, has seen to it that it is free.</summary>
    [Alias("BindName"), AlwaysInterleave, Requires(Permission.IdentityAdmin)]
    Task BindName(Caller caller, ExternalId name);

    [Alias("UnbindName"), AlwaysInterleave, Requires(Permission.IdentityAdmin)]
    Task UnbindName(Caller caller, ExternalId name);

    /// <summary>Whether the object is a group of devices: subgroups go with the group above them.</summary>
    [Alias("IsGroup"), AlwaysInterleave, Requires(Permission.InventoryAdmin)]
    Task<bool> IsGroup(Caller caller);

    /// <summary>
    /// Deletes this object alone, with its data and names; one that is gone already is passed over. <paramref name="by"/> is the user whom every object of
    /// the deletion has let do so (<see cref="BelowForDeletion"/>).
    /// </summary>
    [Alias("DeleteAlone"), Platform("a deletion is carried out once every object of it has granted it", PlatformTask.Removal)]
    Task DeleteAlone(Caller caller, string by);

    /// <summary>Puts in the fragments that are not there yet; the others stay as they are.</summary>
    [Alias("AddFragments"), Requires(Permission.InventoryAdmin)]
    Task AddFragments(Caller caller, Fragments added);

    /// <summary>
    /// Puts entries into the lists that these fragments are, where one of the same name and software type is replaced; or takes those out that have every
    /// member of an entry given.
    /// </summary>
    [Alias("ChangeLists"), Requires(Permission.InventoryAdmin)]
    Task ChangeLists(Caller caller, Fragments entries, bool isRemoval);
}

/// <summary>What an object says of a caller.</summary>
[GenerateSerializer, Immutable, Alias("Judgement")]
internal readonly record struct Judgement([property: Id(0)] bool Exists, [property: Id(1)] Decision Decision, [property: Id(2)] bool IsOwner)
{
    /// <summary>Of a refusal, what the decision looked at; null where it is allowed, and of what is not there.</summary>
    [Id(3)] public DecisionTrace? Trace { get; init; }
}
