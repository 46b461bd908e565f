using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;

namespace Bailiwick.Storage.Tests;

/// <summary>One who reads: a name, and what was granted to it.</summary>
internal sealed record GrantReader(string User, List<ObjectGrants> Roles, List<ObjectGrants> Alone)
{
    public ListPermit Permit(Permission permission) => Ask.Granted(Ask.T1, User, Roles, Alone, permission);
}

/// <summary>
/// An inventory, its links and its data as plain sets, and who sees what of it, spelled out with loops: it shares nothing with what it is compared
/// to. Some links lead to and from objects that are not there.
/// </summary>
internal sealed class GrantModel
{
    public const int IdsMax = 30;

    public static readonly GrantScope[] DataScopes = [GrantScope.Measurement, GrantScope.Event, GrantScope.Alarm, GrantScope.Operation];

    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(50);

    public SortedDictionary<long, ManagedObject> Objects { get; } = [];
    public HashSet<(ChildKind Kind, long Parent, long Child)> Links { get; } = [];
    private readonly List<(GrantScope Scope, long Source, string[] Fragments, (long Time, long Source, long Sequence) Place)> _data = [];

    public static Permission ReadOf(GrantScope scope) => scope switch
    {
        GrantScope.Measurement => Permission.MeasurementRead,
        GrantScope.Event => Permission.EventRead,
        GrantScope.Alarm => Permission.AlarmRead,
        GrantScope.Operation => Permission.OperationRead,
        _ => Permission.InventoryRead,
    };

    public GrantReader Reader(Random random)
    {
        return new("user" + random.Next(5), Some(random.Next(4)), Some(random.Next(3)));

        List<ObjectGrants> Some(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => new ObjectGrants(new(random.Next(1, IdsMax + 1)), [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => One())]))];

        Grant One() => new(
            random.Next(3) == 0 ? GrantScope.Any : (GrantScope)random.Next(1, 7), (GrantLevel)random.Next(3),
            random.Next(3) == 0 ? "*" : random.Next(6) == 0 ? ManagedObject.GlobalFragment : "f" + random.Next(3));
    }

    public static InventoryQuery Query(Random random) => new(
        random.Next(3) == 0 ? "t" + random.Next(3) : null,
        random.Next(4) == 0 ? "f" + random.Next(3) : null,
        random.Next(5) == 0 ? "user" + random.Next(4) : null,
        random.Next(5) == 0 ? [.. Enumerable.Range(0, random.Next(12)).Select(_ => new ObjectId(random.Next(1, IdsMax + 1)))] : null,
        random.Next(8) == 0 ? [new ParentOf((ChildKind)random.Next(1, 4), new ObjectId(random.Next(1, IdsMax + 1)))] : null,
        random.Next(6) == 0 ? "WORD" + random.Next(3) : null,
        random.Next(3) == 0, random.Next(4) == 0 ? new ObjectId(random.Next(1, IdsMax)) : null);

    public bool Matches(long id, InventoryQuery query, List<long> visible) =>
        Objects[id] is var o
        && (query.Type is null || query.Type == o.Type) && (query.Owner is null || query.Owner == o.Owner)
        && (query.FragmentType is null || o.Fragments.Items.Any(f => f.Name == query.FragmentType))
        && (query.Ids is null || query.Ids.Contains(o.Id))
        && (query.ParentsOf is null || query.ParentsOf.All(of => Links.Contains((of.Kind, id, of.Child.Value)) && visible.Contains(of.Child.Value)))
        && (query.Text is null || string.Equals(o.Name, query.Text, StringComparison.OrdinalIgnoreCase))
        && (!query.OnlyRoots || !Links.Any(link => link.Child == id && visible.Contains(link.Parent)))
        && (query.After is null || id > query.After.Value.Value);

    /// <summary>The objects that a reader sees, ascending.</summary>
    public List<long> Visible(GrantReader reader) => [.. Objects.Values
        .Where(o => o.Owner == reader.User || o.Fragments.Items.Any(f => f.Name == ManagedObject.GlobalFragment)
            || Covers(Types(reader, GrantScope.ManagedObject, o.Id.Value), o.Fragments.Items.Select(f => f.Name)))
        .Select(o => o.Id.Value)];

    /// <summary>What of an object's data a reader sees: the fragments, or a star.</summary>
    public HashSet<string> DataTypes(GrantReader reader, GrantScope scope, long id) =>
        !Objects.TryGetValue(id, out var o) ? [] : o.Owner == reader.User ? ["*"] : Types(reader, scope, id);

    public List<long> Above(long id)
    {
        var above = new SortedSet<long>();
        for (var grew = true; grew;)
        {
            grew = false;
            foreach (var (_, parent, child) in Links)
                if ((child == id || above.Contains(child)) && Objects.ContainsKey(parent)) grew |= above.Add(parent);
        }
        above.Remove(id);
        return [.. above];
    }

    public List<long> Below(long top, ChildKind[] kinds, List<long> among)
    {
        var below = new SortedSet<long>();
        if (among.Contains(top)) below.Add(top);
        for (var grew = true; grew;)
        {
            grew = false;
            foreach (var (kind, parent, child) in Links)
                if (kinds.Contains(kind) && below.Contains(parent) && among.Contains(child)) grew |= below.Add(child);
        }
        return [.. below];
    }

    public async Task ChangeAsync(IStorageKit kit, Random random)
    {
        var (id, other, kind) = (random.NextInt64(1, IdsMax + 1), random.NextInt64(1, IdsMax + 1), (ChildKind)random.Next(1, 4));
        switch (random.Next(11))
        {
            case 0 when Objects.Remove(id, out var gone):
                await kit.Inventory.DeleteAsync(Ask.Write(Ask.T1, id), gone);
                Links.RemoveWhere(link => link.Parent == id || link.Child == id);
                break;
            case 1:
                await kit.Links.UnlinkAsync(Ask.Write(Ask.T1, id), kind, [new(other), new(id)]);
                Links.Remove((kind, id, other));
                Links.Remove((kind, id, id));
                break;
            case 2:
                await kit.Links.UnlinkAsync(Ask.Write(Ask.T1, other), kind, [new(id)]);
                Links.Remove((kind, other, id));
                break;
            case 3 or 4 or 5 or 6:
                var third = random.NextInt64(1, IdsMax + 1);
                await kit.Links.LinkAsync(Ask.Write(Ask.T1, id), kind, [new(other), new(third)]);
                Links.Add((kind, id, other));
                Links.Add((kind, id, third));
                break;
            default:
                await WriteAsync(kit, random, id);
                break;
        }
    }

    public async Task AddDataAsync(IStorageKit kit, Random random)
    {
        for (var i = 0; i < 60; i++)
            foreach (var scope in DataScopes)
            {
                var source = Objects.Keys.ElementAt(random.Next(Objects.Count));
                var names = Enumerable.Range(0, random.Next(3)).Select(_ => "f" + random.Next(4)).Distinct().ToArray();
                _data.Add((scope, source, names, await AddAsync(kit, scope, source, names, random.Next(20))));
            }
    }

    public async Task CompareDataAsync(IStorageKit kit, GrantReader reader, GrantScope scope, Random random)
    {
        var permit = reader.Permit(ReadOf(scope));
        ObjectId? only = random.Next(3) == 0 ? new ObjectId(random.Next(1, IdsMax + 1)) : null;
        var sources = only is { } one && random.Next(2) == 0
            ? (await kit.Inventory.SourcesAsync(permit, null)).Among([one, new(IdsMax + 7)])
            : await kit.Inventory.SourcesAsync(permit, only);
        var places = _data.Where(row => row.Scope == scope && (only is null || row.Source == only.Value.Value) && Covers(DataTypes(reader, scope, row.Source), row.Fragments))
            .Select(row => row.Place);
        var size = random.Next(1, 9);
        switch (scope)
        {
            case GrantScope.Measurement:
                await GrantSuite.ComparePagesAsync([.. places.Order()], async page =>
                    (await kit.Telemetry.FindAsync(permit, sources, new MeasurementQuery(only, null, null, null, null, null, false), page)).Select(row => (row.Id.TimeMs, row.Id.Source.Value, row.Id.Sequence)), size);
                break;
            case GrantScope.Event:
                await GrantSuite.ComparePagesAsync([.. places.OrderDescending()], async page =>
                    (await kit.Events.FindAsync(permit, sources, new EventQuery(), page)).Select(row => (row.Id.TimeMs, row.Id.Source.Value, row.Id.Sequence)), size);
                break;
            case GrantScope.Alarm:
                await GrantSuite.ComparePagesAsync([.. places.OrderDescending()], async page =>
                    (await kit.Alarms.FindAsync(permit, sources, new AlarmQuery(), page)).Select(row => (row.Id.FirstMs, row.Id.Source.Value, row.Id.Sequence)), size);
                break;
            default:
                await GrantSuite.ComparePagesAsync([.. places.OrderBy(place => place.Time).ThenBy(place => place.Sequence)], async page =>
                    (await kit.Operations.FindAsync(permit, sources, new OperationQuery(only), page)).Select(row => (row.Id.CreationMs, row.Id.Device.Value, row.Id.Sequence)), size);
                break;
        }
    }

    private static async Task<(long, long, long)> AddAsync(IStorageKit kit, GrantScope scope, long source, string[] names, long timeMs)
    {
        var write = Ask.Write(Ask.T1, source, scope switch
        {
            GrantScope.Measurement => Permission.MeasurementAdmin,
            GrantScope.Event => Permission.EventAdmin,
            GrantScope.Alarm => Permission.AlarmAdmin,
            _ => Permission.OperationAdmin,
        });
        var (at, fragments) = (DateTimeOffset.FromUnixTimeMilliseconds(timeMs), new Fragments([.. names.Select(name => new Fragment(name, "{}"u8.ToArray()))]));
        switch (scope)
        {
            case GrantScope.Measurement:
                var members = Encoding.UTF8.GetBytes(string.Join(',', names.Select(name => $"  \"{name}\" : {{ }} ")));
                return (timeMs, source, (await kit.Telemetry.AppendAsync(write, [new NewMeasurement("t", at, members)]))[0].Sequence);
            case GrantScope.Event:
                return (timeMs, source, (await kit.Events.AppendAsync(write, [new NewEvent("t", "x", at, fragments)], Now))[0].Id.Sequence);
            case GrantScope.Alarm:
                var alarm = new Alarm(kit.Alarms.NewId(write, at), "t", "x", AlarmSeverity.Major, AlarmStatus.Active, at, at, 1, Now, Now, fragments);
                await kit.Alarms.WriteAsync(write, [new(alarm, null)]);
                return (timeMs, source, alarm.Id.Sequence);
            default:
                var id = await kit.Operations.NextIdAsync(write, at);
                await kit.Operations.WriteAsync(write, new Operation(id, OperationStatus.Pending, null, null, fragments), null);
                return (timeMs, source, id.Sequence);
        }
    }

    private async Task WriteAsync(IStorageKit kit, Random random, long id)
    {
        var fragments = Enumerable.Range(0, random.Next(3)).Select(_ => "f" + random.Next(3)).Distinct().ToList();
        if (random.Next(10) == 0) fragments.Add(ManagedObject.GlobalFragment);
        var thing = InventoryStoreSuite.Thing(id, "word" + random.Next(3), "t" + random.Next(3), "user" + random.Next(5), [.. fragments.Select(name => (name, "1"))]);
        var previous = Objects.GetValueOrDefault(id);
        await kit.Inventory.WriteAsync(previous is null ? Ask.Write(Ask.T1) : Ask.Write(Ask.T1, id), thing, previous);
        Objects[id] = thing;
    }

    private static bool Covers(HashSet<string> types, IEnumerable<string> fragments) =>
        types.Contains("*") || (fragments.Any() && fragments.All(types.Contains));

    /// <summary>What all grants that reach an object name together.</summary>
    private HashSet<string> Types(GrantReader reader, GrantScope scope, long id)
    {
        var types = new HashSet<string>();
        foreach (var on in reader.Roles.Where(on => Objects.ContainsKey(on.Object.Value) && (on.Object.Value == id || Above(id).Contains(on.Object.Value)))
            .Concat(reader.Alone.Where(on => on.Object.Value == id)))
            foreach (var grant in on.Grants)
                if ((grant.Scope == GrantScope.Any || grant.Scope == scope) && (grant.Level != GrantLevel.Admin || scope == GrantScope.Operation))
                    types.Add(grant.Type);
        return types;
    }
}
