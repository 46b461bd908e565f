using System.Globalization;
using System.Text;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Access;
using Bailiwick.Silo.Embedded;

namespace Bailiwick.Benchmarks;

/// <summary>
/// A store full of devices in groups: one plant, ten halls in it, the groups in the halls, and the devices, of which neighbours by id are in different
/// groups. A million requests would take the better part of an hour to make it; so it is written by the server's own store, in a folder that
/// the server has founded, with the bodies that a client would post. The server then counts it.
/// </summary>
internal sealed class GroupedStore
{
    public const int Halls = 10;
    private const int Kinds = 5;
    private const int WritesUnderWayMax = 8_192;
    private const int ProgressEvery = 100_000;

    private static readonly TenantId Tenant = new("t1");
    private static readonly Caller Admin = new Caller(new UserId(Tenant, "admin"), SignInMethod.Basic, 0, "").Attested(new Rights(AuthoritySet.Of([.. Authorities.All])));

    private readonly long _first;

    private GroupedStore(long first, int groups, int devices) => (_first, Groups, Devices) = (first, groups, devices);

    public int Groups { get; }

    public int Devices { get; }

    public int Objects => 1 + Halls + Groups + Devices;

    public string Plant => Id(0);

    public string Hall(int hall) => Id(1 + hall);

    /// <summary>Groups stand in the halls by turns.</summary>
    public string Group(int group) => Id(1 + Halls + group);

    public string Device(int device) => Id(1 + Halls + Groups + device);

    /// <summary>A device below a hall.</summary>
    public string DeviceIn(int hall, int number) => Device(number * Groups + hall);

    public int DevicesOf(int group) => Devices / Groups + (group < Devices % Groups ? 1 : 0);

    /// <summary>Fills the store of a server that does not run.</summary>
    public static async Task<GroupedStore> FillAsync(Bench bench, string folder, int groups, int devices)
    {
        using var store = RocksStore.Open(new RocksStoreOptions(folder), TimeProvider.System);
        var inventory = new RocksInventoryStore(store);
        var made = WritePermit.Demand(Admin, Resource.OfTenant(Tenant), Permission.InventoryCreate);
        var filled = new GroupedStore(await inventory.ReserveIdsAsync(made, 1 + Halls + groups + devices), groups, devices);
        using var room = new SemaphoreSlim(WritesUnderWayMax);
        for (var index = 0; index < filled.Objects; index++)
        {
            if (index % ProgressEvery == 0) bench.Report.Progress($"filling the store: {index:#,0} of {filled.Objects:#,0} objects");
            await StartAsync(room, inventory.WriteAsync(made, filled.Document(index), null), bench.Stop);
        }
        await filled.LinkAsync(inventory, bench, 0, Enumerable.Range(1, Halls));
        for (var hall = 0; hall < Halls; hall++) await filled.LinkAsync(inventory, bench, 1 + hall, Every(Halls, hall, groups).Select(group => 1 + Halls + group));
        for (var group = 0; group < groups; group++)
            await filled.LinkAsync(inventory, bench, 1 + Halls + group, Every(groups, group, devices).Select(device => 1 + Halls + groups + device));
        for (var last = 0; last < WritesUnderWayMax; last++) await room.WaitAsync(bench.Stop);
        return filled;
    }

    // As many as a request may name at a time.
    private async Task LinkAsync(RocksInventoryStore inventory, Bench bench, int parent, IEnumerable<int> children)
    {
        bench.Stop.ThrowIfCancellationRequested();
        var permit = WritePermit.Demand(Admin, new Resource(Tenant, new ObjectId(_first + parent), null, false), Permission.InventoryAdmin);
        foreach (var some in children.Chunk(Limits.LinksPerRequestMax))
            await inventory.LinkAsync(permit, ChildKind.Asset, [.. some.Select(index => new ObjectId(_first + index))]);
    }

    private ManagedObject Document(int index)
    {
        var body = index <= Halls + Groups
            ? $$$"""{"name":"group {{{index}}}","type":"c8y_DeviceGroup","c8y_IsDeviceGroup":{}}"""
            : $$$"""{"name":"device {{{index}}}","type":"type-{{{index % Kinds}}}","c8y_IsDevice":{},"c8y_Hardware":{"model":"BW-20","revision":"3","serialNumber":"SN-{{{index:00000000}}}"},"installed":{"by":"field team {{{index % 17}}}","bay":{{{index % 211}}},"note":"behind the second door"}}""";
        if (FragmentsJson.ReadNew(Encoding.UTF8.GetBytes(body), out var posted) is { } refusal) throw refusal;
        var now = TimeProvider.System.GetUtcNow();
        return new(new ObjectId(_first + index), posted.Name, posted.Type, Admin.User.Name, now, now, Fragments.None.Merge(ManagedObject.OfClient(posted.Fragments)));
    }

    private static async Task StartAsync(SemaphoreSlim room, Task write, CancellationToken stop)
    {
        _ = EndAsync();
        await room.WaitAsync(stop);

        async Task EndAsync()
        {
            await write;
            room.Release();
        }
    }

    private static IEnumerable<int> Every(int step, int from, int to)
    {
        for (var at = from; at < to; at += step) yield return at;
    }

    private string Id(int index) => (_first + index).ToString(CultureInfo.InvariantCulture);
}
