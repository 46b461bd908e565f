using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Access;

namespace Bailiwick.Grains.Devices;

/// <summary>An id whose registration is being made or removed, or was when a silo died.</summary>
[GenerateSerializer, Immutable, Alias("UnsettledRequest")]
internal sealed record UnsettledRequest(string Id, DateTimeOffset Since);

/// <summary>The ids that wait in one tenant, as stored: in ordinal order, and which of them lists have to verify.</summary>
[GenerateSerializer, Immutable, Alias("DeviceRequestsState")]
internal sealed record DeviceRequestsState(IReadOnlyList<string> Ids, IReadOnlyList<UnsettledRequest> Unsettled) : IOwnable
{
    public static readonly DeviceRequestsState Empty = new([], []);
}

/// <summary>A tenant's registrations: the list, and the index behind it.</summary>
[GrainType("device-requests")]
internal sealed class DeviceRequestsGrain : Grain, IDeviceRequestsGrain, IDeviceRequestIndex
{
    private readonly TenantId _tenant;
    private readonly Owned<DeviceRequestsState> _index;
    private readonly TimeProvider _clock;

    public DeviceRequestsGrain(
        [PersistentState("device-requests", "documents")] IPersistentState<GrainDocument<DeviceRequestsState>.Cell> document, TimeProvider clock)
    {
        _clock = clock;
        _tenant = TenantId.OfGrainKey(this.GetPrimaryKeyString());
        _index = new Owned<DeviceRequestsState>(_tenant, new GrainDocument<DeviceRequestsState>(document));
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken) => _index.LoadAsync();

    public async Task<Page<DeviceRequest>> Find(Caller caller, PageRequest page)
    {
        var permit = ReadPermit.Demand(caller, _index.Resource, Permission.RegistrationRead);
        var index = _index.Recall(permit) ?? DeviceRequestsState.Empty;
        var gone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var unsettled in index.Unsettled)
            if (await GlanceAsync(unsettled.Id) is null)
                gone.Add(unsettled.Id);

        var listed = Page<string>.Of([.. index.Ids.Where(id => !gone.Contains(id))], page);
        var requests = new List<DeviceRequest>(listed.Items.Count);
        foreach (var some in listed.Items.Chunk(32))
            foreach (var request in await Task.WhenAll(some.Select(GlanceAsync)))
                if (request is not null)
                    requests.Add(request);
        return new Page<DeviceRequest>(requests, listed.HasMore, listed.Total);
    }

    public async Task Unsettle(Caller caller, string id)
    {
        var permit = WritePermit.Demand(caller, _index.Resource, Permission.RegistrationAdmin);
        var index = await WithoutGarbageAsync(_index.Recall(permit) ?? DeviceRequestsState.Empty);
        if (!index.Ids.Contains(id) && index.Ids.Count >= Limits.RegistrationsPerTenantMax)
            throw Refusal.Conflict(DeviceRequestRules.Subject, $"The tenant has {Limits.RegistrationsPerTenantMax} registrations that wait already.");
        await _index.WriteAsync(permit, new DeviceRequestsState(
            With(index.Ids, id), [.. Without(index.Unsettled, id), new UnsettledRequest(id, _clock.GetUtcNow())]));
    }

    public async Task Settle(Caller caller, string id, bool isThere)
    {
        var permit = WritePermit.Demand(caller, _index.Resource, Permission.RegistrationAdmin);
        var index = _index.Read(permit);
        await _index.WriteAsync(permit, new DeviceRequestsState(isThere ? index.Ids : Without(index.Ids, id), Without(index.Unsettled, id)));
    }

    public Task<IReadOnlyList<string>> All(Caller caller)
    {
        var index = _index.Recall(ReadPermit.Demand(caller, _index.Resource, Permission.RegistrationRead)) ?? DeviceRequestsState.Empty;
        return Task.FromResult<IReadOnlyList<string>>([.. index.Ids.Union(index.Unsettled.Select(u => u.Id))]);
    }

    /// <summary>Settles what a crash left behind: whatever is older than any call that could still be under way.</summary>
    private async Task<DeviceRequestsState> WithoutGarbageAsync(DeviceRequestsState index)
    {
        var leftBehind = _clock.GetUtcNow() - TimeSpan.FromSeconds(Limits.RegistrationUnsettledSecondsMax);
        foreach (var old in index.Unsettled.Where(u => u.Since < leftBehind))
        {
            var isThere = await GlanceAsync(old.Id) is not null;
            index = new DeviceRequestsState(isThere ? index.Ids : Without(index.Ids, old.Id), Without(index.Unsettled, old.Id));
        }
        return index;
    }

    private Task<DeviceRequest?> GlanceAsync(string id) =>
        GrainFactory.Grain<IDeviceRequestGlance>(Uri.EscapeDataString(id)).Glance(Caller.Platform(PlatformTask.Upkeep, _tenant));

    private static List<string> With(IReadOnlyList<string> ids, string id)
    {
        var all = new List<string>(ids);
        var at = all.BinarySearch(id, StringComparer.Ordinal);
        if (at < 0) all.Insert(~at, id);
        return all;
    }

    private static List<string> Without(IReadOnlyList<string> ids, string id) => [.. ids.Where(other => other != id)];

    private static List<UnsettledRequest> Without(IReadOnlyList<UnsettledRequest> unsettled, string id) => [.. unsettled.Where(other => other.Id != id)];
}
