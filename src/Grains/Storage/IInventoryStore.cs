using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Storage;

/// <summary>
/// Managed objects, the rows that find them, and the links between them. Durability: when a task completes, its change
/// survives a power cut and shows in every later read, list and count. A full or failing disk is a
/// <see cref="Refusal"/> of kind Unavailable, and nothing was changed. What documents say under
/// <see cref="ManagedObject.ActiveAlarmsFragment"/> is the alarm store's: here it is put in when a document is read and passed over when one is written.
/// </summary>
public interface IInventoryStore
{
    /// <summary>Sets aside a run of ids that no one was given before or will be again, even after a crash; answers the first.</summary>
    ValueTask<long> ReserveIdsAsync(WritePermit tenantWide, int count);

    /// <summary>The object of the permit, or null.</summary>
    ValueTask<ManagedObject?> ReadAsync(ReadPermit permit);

    /// <summary>The same without what other stores know of it: for what decides, and shows it to nobody.</summary>
    ValueTask<ManagedObject?> ReadStoredAsync(ReadPermit permit);

    /// <summary>
    /// Writes the document and its index rows as one; <paramref name="previous"/> names the index rows to go. A new object is bound to
    /// <paramref name="firstName"/> in the same commit; a name that another object has is a conflict, and nothing is written.
    /// </summary>
    Task WriteAsync(WritePermit permit, ManagedObject document, ManagedObject? previous, ExternalId? firstName = null);

    /// <summary>Removes document, index rows, links both ways and external ids as one.</summary>
    Task DeleteAsync(WritePermit permit, ManagedObject previous);

    /// <summary>A page of what the permit's scope admits, in ascending order of id, full unless it is the last.</summary>
    ValueTask<Page<ManagedObject>> FindAsync(ListPermit permit, InventoryQuery query, PageRequest page);

    /// <summary>How many objects the permit's scope admits.</summary>
    ValueTask<long> CountAsync(ListPermit permit, InventoryQuery query);

    /// <summary>
    /// The objects whose data the permit's scope shows, which is not all: what its owner owns and what its grants reach;
    /// <paramref name="only"/> alone when it is given.
    /// </summary>
    ValueTask<VisibleSources> SourcesAsync(ListPermit permit, ObjectId? only);
}

/// <summary>Links between objects: one row each way, written as one.</summary>
public interface ILinkStore
{
    /// <summary>Links children below the permit's object: all or none.</summary>
    Task LinkAsync(WritePermit parent, ChildKind kind, IReadOnlyList<ObjectId> children);

    /// <summary>Removes links below the permit's object; a link that is not there is passed over.</summary>
    Task UnlinkAsync(WritePermit parent, ChildKind kind, IReadOnlyList<ObjectId> children);

    ValueTask<bool> IsChildAsync(ReadPermit parent, ChildKind kind, ObjectId child);

    /// <summary>All children of one kind whatever their owner, ascending: for the walk of a deletion.</summary>
    ValueTask<IReadOnlyList<ObjectId>> ChildIdsAsync(WritePermit parent, ChildKind kind);

    /// <summary>
    /// The object, and what is below it by links of these kinds at any depth, as far as <paramref name="visible"/> admits; the walk goes
    /// through admitted objects alone. Each once, whatever circles there are; null when there are more than <paramref name="countMax"/>.
    /// </summary>
    ValueTask<VisibleSources?> BelowAsync(ListPermit visible, ObjectId top, IReadOnlyList<ChildKind> kinds, int countMax);

    /// <summary>A page of the children that <paramref name="visible"/> admits, in ascending order of id.</summary>
    ValueTask<Page<ManagedObject>> ChildrenAsync(ReadPermit parent, ListPermit visible, ChildKind kind, PageRequest page);

    /// <summary>How many children of one kind <paramref name="visible"/> admits.</summary>
    ValueTask<long> CountChildrenAsync(ReadPermit parent, ListPermit visible, ChildKind kind);

    /// <summary>
    /// All that stands above the permit's object, at any height and by whichever kind of link, as far as <paramref name="visible"/> admits it: each under the
    /// kinds by which it holds something on the way, in the order of <see cref="ChildKind"/>, ascending, once whatever circles there are. The walk ends after
    /// <paramref name="countMax"/> objects.
    /// </summary>
    ValueTask<IReadOnlyList<ObjectReference>[]> AncestorsAsync(ReadPermit of, ListPermit visible, int countMax);

    /// <summary>
    /// References from each of some objects, such as those of a page, to its children (or parents) of some kinds that <paramref name="visible"/> admits: for each
    /// object a list a kind, in the order of <see cref="ChildKind"/>; ascending, at most <paramref name="countMax"/> in a list, empty where the kind is not asked for.
    /// </summary>
    ValueTask<IReadOnlyList<ObjectReference>[][]> ReferencesAsync(
        IReadOnlyList<ReadPermit> of, ListPermit visible, IReadOnlyList<ChildKind> kinds, bool parents, int countMax);

    /// <summary>All that stands above the permit's object, by any kind of link and at any height, each once; null when there is more than <paramref name="countMax"/>.</summary>
    ValueTask<IReadOnlyList<ObjectId>?> AboveAsync(ReadPermit of, int countMax);

    /// <summary>All children (or parents) of one kind, ascending, and of each whether it carries a fragment: for walks over the platform's own business.</summary>
    ValueTask<IReadOnlyList<Relative>> RelativesAsync(ReadPermit of, ChildKind kind, bool parents, string fragment);
}

/// <summary>An object that is linked to another.</summary>
/// <param name="IsMarked">Whether it carries the fragment that was asked for.</param>
public readonly record struct Relative(ObjectId Id, bool IsMarked);

/// <summary>External ids: which object a name stands for, and which names an object has; both rows written as one.</summary>
public interface IIdentityStore
{
    ValueTask<ObjectId?> FindAsync(ReadPermit tenantWide, ExternalId id);

    /// <summary>Binds a free name to the permit's object; another object's is a conflict. Calls for one name come one at a time.</summary>
    Task BindAsync(WritePermit target, ExternalId id);

    /// <summary>Frees a name of the permit's object; one that is not its own is passed over.</summary>
    Task UnbindAsync(WritePermit target, ExternalId id);

    /// <summary>The names of the permit's object, in order of type and value.</summary>
    ValueTask<IReadOnlyList<ExternalId>> NamesAsync(ReadPermit target);
}
