using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Audit;

namespace Bailiwick.Grains.Inventory;

// What the trail is told of an object: not what is written into it, but what changes who may do what with it.
internal sealed partial class ManagedObjectGrain
{
    private const string RecordType = "Inventory";

    /// <summary>Makes a change of the document, recorded first where it has another owner or is shown to everybody, or no longer is.</summary>
    private Task ChangeRecordedAsync(Caller caller, ManagedObject old, ManagedObject changed, Func<Task> change)
    {
        var changes = new List<AuditChange>();
        if (old.Owner != changed.Owner) changes.Add(new AuditChange("owner", "String", old.Owner, changed.Owner));
        var (was, willBe) = (old.Fragments.Has(ManagedObject.GlobalFragment), changed.Fragments.Has(ManagedObject.GlobalFragment));
        if (was != willBe) changes.Add(new AuditChange(ManagedObject.GlobalFragment, "Boolean", Word(was), Word(willBe)));
        return changes.Count == 0 ? change() : GrainFactory.RecordThenAsync(_tenant, caller,
            new NewAuditRecord(RecordType, "Managed object updated", $"Managed object updated: id '{_id}', name '{changed.Name}'", Source: _id.ToString(), Changes: changes), change);

        static string Word(bool isSet) => isSet ? "true" : "false";
    }

    /// <summary>Makes or removes links, recorded first: inventory roles reach along them. Of many children the first are named.</summary>
    private Task LinkRecordedAsync(Caller caller, ChildKind kind, IReadOnlyList<ObjectId> children, bool isRemoval, Func<Task> change)
    {
        if (children.Count == 0) return change();
        var ids = string.Join(',', children.Take(Limits.LinksNamedInRecordMax)) + (children.Count > Limits.LinksNamedInRecordMax ? $",… ({children.Count})" : "");
        var activity = isRemoval ? "Child unlinked" : "Child linked";
        return GrainFactory.RecordThenAsync(_tenant, caller, new NewAuditRecord(RecordType, activity, $"{activity}: {(isRemoval ? "from" : "below")} managed object '{_id}'",
            Source: _id.ToString(), Changes: [new AuditChange($"child{kind}s", "String", isRemoval ? ids : null, isRemoval ? null : ids)]), change);
    }
}
