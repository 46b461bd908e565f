using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Inventory;

/// <summary>Changes that depend on what is there: the object makes them itself, so that nothing comes in between.</summary>
internal sealed partial class ManagedObjectGrain
{
    public async Task AddFragments(Caller caller, Fragments added)
    {
        var stored = StoredFor(caller);
        var absent = added.Items.Where(fragment => !stored.Has(fragment.Name)).ToList();
        if (absent.Count > 0) await Update(caller, ManagedObjectChange.Of(new Fragments(absent)));
    }

    public async Task ChangeLists(Caller caller, Fragments entries, bool isRemoval)
    {
        var stored = StoredFor(caller);
        var changed = new List<Fragment>(entries.Count);
        foreach (var list in entries.Items)
        {
            var before = RawJson.Elements(stored.Items.FirstOrDefault(fragment => fragment.Name == list.Name).Json);
            foreach (var entry in RawJson.Elements(list.Json))
            {
                if (isRemoval) before.RemoveAll(other => HasAll(other, entry));
                else if (before.FindIndex(other => IsNamedAlike(other, entry)) is >= 0 and var at) before[at] = entry;
                else before.Add(entry);
            }
            changed.Add(new Fragment(list.Name, RawJson.List(before)));
        }
        await Update(caller, ManagedObjectChange.Of(new Fragments(changed)));
    }

    private Fragments StoredFor(Caller caller)
    {
        RequireStays();
        return _owned.Read(WritePermit.Demand(caller, _owned.Resource, Permission.InventoryAdmin)).Document.Fragments;
    }

    /// <summary>Two entries of one name and, where either has one, of one software type are the same thing.</summary>
    private static bool IsNamedAlike(byte[] one, byte[] other) =>
        RawJson.AsText(RawJson.Member(one, "name")) == RawJson.AsText(RawJson.Member(other, "name"))
        && RawJson.AsText(RawJson.Member(one, "softwareType")) == RawJson.AsText(RawJson.Member(other, "softwareType"));

    private static bool HasAll(byte[] entry, byte[] wanted) =>
        RawJson.Members(wanted) is { } members && members.TrueForAll(member => RawJson.AsText(RawJson.Member(entry, member.Name)) == RawJson.AsText(member.Value));
}
