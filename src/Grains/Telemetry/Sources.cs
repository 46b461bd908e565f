using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Grains.Telemetry;

/// <summary>Turns the sources that a query asks for into those that its reader may see.</summary>
internal sealed class Sources(IInventoryStore inventory, ILinkStore links)
{
    /// <summary>The objects whose data may show; null for all of the tenant's.</summary>
    public async ValueTask<VisibleSources?> VisibleAsync(ListPermit visible, SourceFilter asked, string subject)
    {
        if (visible.Scope.Kind is not (ScopeKind.All or ScopeKind.Some)) return VisibleSources.None;
        if (asked is { Id: { } top } and ({ WithAssets: true } or { WithDevices: true })) return await BelowAsync(visible, top, asked, subject);
        if (visible.Scope.Kind == ScopeKind.Some) return await inventory.SourcesAsync(visible, asked.Id);
        return asked.Id is { } only ? new([only]) : null;
    }

    /// <summary>The names of those of these objects that the caller may see and that have one.</summary>
    public async ValueTask<IReadOnlyDictionary<ObjectId, string>> NamesAsync(Caller caller, IReadOnlyList<ObjectId> ids)
    {
        var names = new Dictionary<ObjectId, string>();
        if (ids.Count == 0) return names;
        var found = await inventory.FindAsync(
            ListPermit.Demand(caller, Permission.InventoryRead), new InventoryQuery(Ids: ids), new PageRequest(1, ids.Count, false));
        foreach (var source in found.Items)
            if (source.Name is { } name)
                names[source.Id] = name;
        return names;
    }

    // The walk goes through objects whose own data the reader may see: what hangs below a thing that is hidden stays hidden.
    private async ValueTask<VisibleSources> BelowAsync(ListPermit visible, ObjectId top, SourceFilter asked, string subject)
    {
        var kinds = new List<ChildKind>(2);
        if (asked.WithAssets) kinds.Add(ChildKind.Asset);
        if (asked.WithDevices) kinds.Add(ChildKind.Device);
        return await links.BelowAsync(visible, top, kinds, Limits.SourcesPerQueryMax)
            ?? throw Refusal.Invalid(subject, $"source: there are more than {Limits.SourcesPerQueryMax} objects below managed object {top}.");
    }
}
