using System.Text;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>What every <c>IOperationStore</c> promises.</summary>
public abstract class OperationStoreSuite
{
    private static readonly OperationQuery Everything = new();

    internal abstract IStorageKit Open();

    [Fact]
    public async Task An_operation_reads_back_as_it_was_written_after_a_restart()
    {
        using var kit = Open();
        var made = await MakeAsync(kit, Ask.T1, 7, 1_700_000_000_123, "c8y_Restart", "c8y_Command");
        await kit.Operations.WriteAsync(Write(Ask.T1, 7), made with { Status = OperationStatus.Failed, FailureReason = "no\0power", Description = "Übung" }, made);
        kit.Reopen();
        var read = await kit.Operations.ReadAsync(Read(Ask.T1, 7), made.Id);
        Assert.NotNull(read);
        Assert.Equal((made.Id, OperationStatus.Failed, "no\0power", "Übung"), (read.Id, read.Status, read.FailureReason, read.Description));
        Assert.Equal(made.Fragments.Items.Select(f => (f.Name, Encoding.UTF8.GetString(f.Json))), read.Fragments.Items.Select(f => (f.Name, Encoding.UTF8.GetString(f.Json))));
        Assert.Equal((7, 1_700_000_000_123), (made.Id.Device.Value, made.Id.CreationMs));
    }

    [Fact]
    public async Task Ids_of_one_moment_sort_as_they_were_given_and_none_is_given_twice_even_after_restarts()
    {
        using var kit = Open();
        var ids = new List<OperationId>();
        for (var start = 0; start < 3; start++)
        {
            for (var i = 0; i < 3; i++) ids.Add((await MakeAsync(kit, Ask.T1, 7, 5)).Id);
            kit.Reopen();
        }
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(ids, await IdsAsync(kit, Ask.T1, null, Everything));
    }

    [Fact]
    public async Task A_permit_for_one_device_reads_and_deletes_nothing_of_another()
    {
        using var kit = Open();
        var id = (await MakeAsync(kit, Ask.T1, 7, 5)).Id;
        Assert.Null(await kit.Operations.ReadAsync(Read(Ask.T1, 8), id));
        Assert.Null(await kit.Operations.ReadAsync(Read(Ask.T10, 7), id));
        Assert.Equal(0, await kit.Operations.DeleteAsync(Write(Ask.T1, 8), [id]));
        Assert.Equal(0, await kit.Operations.DeleteAsync(Write(Ask.T10, 7), [id]));
        Assert.Null(await kit.Operations.OldestAsync(Read(Ask.T1, 8), OperationStatus.Pending, null));
        Assert.Equal(1, await kit.Operations.DeleteAsync(Write(Ask.T1, 7), [id, id with { Sequence = 99 }]));
        Assert.Equal(0, await kit.Operations.DeleteAsync(Write(Ask.T1, 7), [id]));
        Assert.Null(await kit.Operations.ReadAsync(Read(Ask.T1, 7), id));
        Assert.Null(await kit.Operations.OldestAsync(Read(Ask.T1, 7), OperationStatus.Pending, null));
    }

    [Fact]
    public async Task The_oldest_that_stands_so_is_found_by_its_fragment_whatever_ended_before()
    {
        using var kit = Open();
        var ended = await MakeAsync(kit, Ask.T1, 7, 1, "c8y_Restart");
        await AdvanceAsync(kit, ended, OperationStatus.Executing, OperationStatus.Successful);
        var command = await MakeAsync(kit, Ask.T1, 7, 2, "c8y_Command");
        var first = await MakeAsync(kit, Ask.T1, 7, 3, "c8y_Restart");
        var second = await MakeAsync(kit, Ask.T1, 7, 4, "c8y_Restart");
        await MakeAsync(kit, Ask.T1, 6, 1, "c8y_Restart");

        Assert.Equal(command.Id, await OldestAsync(OperationStatus.Pending, null));
        Assert.Equal(first.Id, await OldestAsync(OperationStatus.Pending, "c8y_Restart"));
        Assert.Null(await OldestAsync(OperationStatus.Executing, null));
        Assert.Null(await OldestAsync(OperationStatus.Pending, "c8y_Rest"));
        await AdvanceAsync(kit, first, OperationStatus.Executing);
        Assert.Equal(second.Id, await OldestAsync(OperationStatus.Pending, "c8y_Restart"));
        Assert.Equal(first.Id, await OldestAsync(OperationStatus.Executing, "c8y_Restart"));
        kit.Reopen();
        Assert.Equal(first.Id, await OldestAsync(OperationStatus.Executing, null));

        async Task<OperationId?> OldestAsync(OperationStatus status, string? fragment) => (await kit.Operations.OldestAsync(Read(Ask.T1, 7), status, fragment))?.Id;
    }

    [Fact]
    public async Task A_dropped_device_takes_its_operations_and_no_neighbours_and_no_other_tenants()
    {
        using var kit = Open();
        foreach (var device in new long[] { 255, 256, 257 }) await MakeAsync(kit, Ask.T1, device, device);
        var foreign = await MakeAsync(kit, Ask.T10, 256, 1);
        await AdvanceAsync(kit, await MakeAsync(kit, Ask.T1, 256, 300), OperationStatus.Executing);
        await kit.Operations.DropDeviceAsync(Write(Ask.T1, 256));
        Assert.Equal([255, 257], (await IdsAsync(kit, Ask.T1, null, Everything)).Select(id => id.Device.Value));
        Assert.Equal([255, 257], (await IdsAsync(kit, Ask.T1, null, new(Status: OperationStatus.Pending))).Select(id => id.Device.Value));
        Assert.Empty(await IdsAsync(kit, Ask.T1, null, new(Status: OperationStatus.Executing)));
        Assert.Equal([foreign.Id], await IdsAsync(kit, Ask.T10, null, Everything));
        Assert.Equal([foreign.Id], await IdsAsync(kit, Ask.T10, null, new(Status: OperationStatus.Pending)));
    }

    [Fact]
    public async Task A_list_of_all_needs_a_permit_for_all()
    {
        using var kit = Open();
        var own = Ask.Own(Ask.T1, "device_1", Permission.OperationRead);
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await kit.Operations.FindAsync(own, null, Everything, PageRequest.First));
        await MakeAsync(kit, Ask.T1, 7, 1);
        Assert.Empty((await kit.Operations.FindAsync(own, VisibleSources.None, Everything, PageRequest.First)).Items);
        Assert.Empty((await kit.Operations.FindAsync(own, new([new(8)]), Everything with { Device = new(7) }, PageRequest.First)).Items);
        Assert.Single((await kit.Operations.FindAsync(own, new([new(7)]), Everything, PageRequest.First)).Items);
    }

    [Fact]
    public Task Pages_and_totals_agree_with_a_plain_list() => Seeded.RunAsync(async random =>
    {
        using var kit = Open();
        var model = new List<Operation>();
        for (var i = 0; i < 200; i++)
        {
            var made = await MakeAsync(kit, Ask.T1, random.Next(1, 9), random.Next(40), $"f{random.Next(3)}", $"g{random.Next(3)}");
            model.Add(made);
            for (var at = random.Next(model.Count); random.Next(2) == 0; at = random.Next(model.Count))
                model[at] = await AdvanceAsync(kit, model[at], (OperationStatus)random.Next(1, 5));
        }
        for (var i = 0; i < 200; i++)
        {
            var devices = random.Next(3) == 0 ? Enumerable.Range(0, random.Next(5)).Select(_ => new ObjectId(random.Next(1, 10))).ToList() : null;
            var query = RandomQuery(random, model);
            var expected = Expected(model, devices, query);
            var page = new PageRequest(random.Next(1, 5), random.Next(1, 30), random.Next(2) == 0);
            var found = await kit.Operations.FindAsync(Ask.All(Ask.T1, Permission.OperationRead), Ask.Seen(devices), query, page);
            Assert.Equal(expected.Skip((int)page.Skip).Take(page.Size).Select(o => (o.Id, o.Status)), found.Items.Select(o => (o.Id, o.Status)));
            Assert.Equal(expected.Count > page.Skip + page.Size, found.HasMore);
            Assert.Equal(page.WithTotal ? expected.Count : null, found.Total);
        }
    });

    private static List<Operation> Expected(List<Operation> model, List<ObjectId>? devices, OperationQuery query)
    {
        var rows = model.Where(o =>
            (devices is null || devices.Contains(o.Device)) && (query.Device is null || query.Device == o.Device) && (query.Status is null || query.Status == o.Status)
            && o.Id.CreationMs >= (query.FromMs ?? 0) && o.Id.CreationMs <= (query.ToMs ?? long.MaxValue) && (query.FragmentType is null || o.Fragments.Has(query.FragmentType)))
            .OrderBy(o => o.Id.CreationMs).ThenBy(o => o.Id.Sequence).ToList();
        if (query.NewestFirst) rows.Reverse();
        if (query.After is not { } after) return rows;
        var sign = query.NewestFirst ? -1 : 1;
        return [.. rows.Where(o => sign * (o.Id.CreationMs, o.Id.Sequence).CompareTo((after.CreationMs, after.Sequence)) > 0)];
    }

    private static OperationQuery RandomQuery(Random random, List<Operation> model) => new(
        random.Next(4) == 0 ? new ObjectId(random.Next(1, 10)) : null, null,
        random.Next(2) == 0 ? (OperationStatus)random.Next(1, 5) : null,
        random.Next(3) == 0 ? "f" + random.Next(4) : null,
        random.Next(3) == 0 ? random.Next(-5, 45) : null,
        random.Next(3) == 0 ? random.Next(-5, 45) : null, random.Next(2) == 0,
        random.Next(4) == 0 ? model[random.Next(model.Count)].Id : null);

    private static async Task<Operation> MakeAsync(IStorageKit kit, TenantId tenant, long device, long creationMs, params string[] fragments)
    {
        var id = await kit.Operations.NextIdAsync(Write(tenant, device), DateTimeOffset.FromUnixTimeMilliseconds(creationMs));
        var made = new Operation(id, OperationStatus.Pending, null, null, new Fragments([.. fragments.Select(name => new Fragment(name, "{ \"a\": 1.50 }"u8.ToArray()))]));
        await kit.Operations.WriteAsync(Write(tenant, device), made, null);
        return made;
    }

    private static async Task<Operation> AdvanceAsync(IStorageKit kit, Operation operation, params OperationStatus[] through)
    {
        foreach (var status in through)
        {
            var changed = operation with { Status = status };
            await kit.Operations.WriteAsync(Write(Ask.T1, operation.Device.Value), changed, operation);
            operation = changed;
        }
        return operation;
    }

    private static async Task<IEnumerable<OperationId>> IdsAsync(IStorageKit kit, TenantId tenant, IReadOnlyList<ObjectId>? devices, OperationQuery query) =>
        (await kit.Operations.FindAsync(Ask.All(tenant, Permission.OperationRead), Ask.Seen(devices), query, new(1, 100, false))).Items.Select(o => o.Id);

    private static Grains.Access.WritePermit Write(TenantId tenant, long device) => Ask.Write(tenant, device, Permission.OperationAdmin);

    private static Grains.Access.ReadPermit Read(TenantId tenant, long device) => Ask.Read(tenant, device, Permission.OperationRead);
}
