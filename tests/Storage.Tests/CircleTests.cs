using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Storage;

namespace Bailiwick.Storage.Tests;

/// <summary>
/// Grains that ask each other at the same moment: an object and its name, an object and its device, objects below each other. Whatever each of
/// them is told, nobody waits for somebody who waits for them.
/// </summary>
public sealed class CircleTests(StoredSilo silo) : IClassFixture<StoredSilo>
{
    private const int Rounds = 60;
    private const string DropSource = $"{nameof(ITelemetryStore)}.{nameof(ITelemetryStore.DropSourceAsync)}";

    // Far below the time after which a call is given up, which is how a circle would end.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task A_name_is_taken_off_an_object_that_is_just_being_deleted()
    {
        var admin = await silo.AdminAsync();
        var (pump, name) = await NamedAsync(admin);
        var (retiring, goOn) = silo.Traps.HoldNext(DropSource);
        var deleting = silo.Object(pump).Delete(admin, default);
        await retiring;
        var (burying, letGo) = silo.Traps.HoldNext(DropSource);
        goOn();
        await burying.WaitAsync(Patience);

        // The object is gone, and waits for its device.
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Name(name).Unbind(admin).WaitAsync(Patience));
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(pump).Read(admin, default).WaitAsync(Patience));
        letGo();
        await deleting.WaitAsync(Patience);
    }

    [Fact]
    public async Task What_changes_an_object_that_is_being_deleted_is_told_that_there_is_none_and_its_reader_sees_it_until_then()
    {
        var admin = await silo.AdminAsync();
        var pump = await silo.MakeAsync(admin);
        var (retiring, letGo) = silo.Traps.HoldNext(DropSource);
        var deleting = silo.Object(pump).Delete(admin, default);
        await retiring;

        Assert.Equal(pump, (await silo.Object(pump).Read(admin, default).WaitAsync(Patience)).Object.Id);
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(pump).Update(admin, Named("late")).WaitAsync(Patience));
        letGo();
        await deleting.WaitAsync(Patience);
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(pump).Read(admin, default));
    }

    [Fact]
    public Task Deletions_names_and_devices_that_meet_all_come_to_an_end() => RoundsAsync(async admin =>
    {
        var (pump, name) = await NamedAsync(admin);
        await AllEndAsync(
            () => silo.Object(pump).Delete(admin, default), () => silo.Name(name).Unbind(admin), () => silo.Name(name).Read(admin),
            () => ApplyAsync(admin, pump, Mark), () => ApplyAsync(admin, pump, Mark), () => silo.Object(pump).Update(admin, Named("late")),
            () => silo.Object(pump).ExternalIds(admin), () => silo.Object(pump).Delete(admin, default));
        await RequireGoneAsync(admin, pump);
        await StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Name(name).Read(admin));
    });

    [Fact]
    public Task Objects_below_each_other_are_read_and_deleted_at_once() => RoundsAsync(async admin =>
    {
        var (one, other) = await CircleAsync(admin);
        await AllEndAsync(
            () => silo.Object(one).Child(admin, ChildKind.Device, other), () => silo.Object(other).Child(admin, ChildKind.Device, one),
            () => silo.Object(one).Child(admin, ChildKind.Device, other), () => silo.Object(other).Child(admin, ChildKind.Device, one));
        await AllEndAsync(
            () => silo.Object(one).Delete(admin, new DeleteOptions(true, false)), () => silo.Object(other).Delete(admin, new DeleteOptions(true, false)),
            () => silo.Object(one).Child(admin, ChildKind.Device, other), () => ApplyAsync(admin, other, Mark));
        await RequireGoneAsync(admin, one);
        await RequireGoneAsync(admin, other);
        foreach (var gone in (ObjectId[])[one, other]) Assert.Single(await silo.RecordsAsync(gone.ToString()), record => record.Activity == "Managed object deleted");
    });

    [Fact]
    public Task Devices_below_each_other_end_each_others_operations_at_once() => RoundsAsync(async admin =>
    {
        var (one, other) = await CircleAsync(admin);
        var (ofOne, ofOther) = (await OperationAsync(admin, one), await OperationAsync(admin, other));
        await AllEndAsync(
            () => ApplyAsync(admin, one, End(ofOther), End(ofOne)), () => ApplyAsync(admin, other, End(ofOne), End(ofOther)),
            () => ApplyAsync(admin, one, End(ofOther)), () => ApplyAsync(admin, other, End(ofOne)));
        foreach (var id in (OperationId[])[ofOne, ofOther])
        {
            Assert.Equal(OperationStatus.Successful, (await Operations(id.Device).Read(admin, id)).Status);
            // Made, begun and ended: each once, however many said so.
            Assert.Equal(3, (await silo.RecordsAsync(id.Device.ToString())).Count(record => record.Type == "Operation"));
        }
    });

    private async Task RoundsAsync(Func<Caller, Task> round)
    {
        var admin = await silo.AdminAsync();
        for (var i = 0; i < Rounds; i++) await round(admin);
    }

    private static async Task AllEndAsync(params Func<Task>[] calls)
    {
        var all = Task.WhenAll(calls.Select(call => Task.Run(() => SettleAsync(call))));
        await all.WaitAsync(Patience);

        static async Task SettleAsync(Func<Task> call)
        {
            try
            {
                await call();
            }
            catch (Refusal refusal) when (refusal.Kind is RefusalKind.NotFound or RefusalKind.Invalid)
            {
                // It came too late.
            }
        }
    }

    private Task<Refusal> RequireGoneAsync(Caller admin, ObjectId id) => StoredSilo.RefusedAsync(RefusalKind.NotFound, () => silo.Object(id).Read(admin, default));

    private async Task<(ObjectId, ExternalId)> NamedAsync(Caller admin)
    {
        var (pump, name) = (await silo.MakeAsync(admin), ExternalId.Serial(silo.Unique("serial")));
        await silo.Name(name).Bind(admin, pump);
        return (pump, name);
    }

    private async Task<(ObjectId One, ObjectId Other)> CircleAsync(Caller admin)
    {
        var agent = new Fragments([new Fragment(Operation.AgentFragment, "{}"u8.ToArray())]);
        var one = (await silo.Inventory.Create(admin, new NewManagedObject(null, null, null, agent))).Id;
        var other = (await silo.Inventory.Create(admin, new NewManagedObject(null, null, null, agent))).Id;
        await silo.Object(one).Link(admin, ChildKind.Device, [other]);
        // No grain closes a circle; two at once can, and older stores hold some.
        await silo.Service<ILinkStore>().LinkAsync(Ask.Write(StoredSilo.T1, other.Value), ChildKind.Device, [one]);
        return (one, other);
    }

    private IDeviceOperationsGrain Operations(ObjectId device) => silo.Grains.GetGrain<IDeviceOperationsGrain>(device.GrainKey(StoredSilo.T1));

    private async Task<OperationId> OperationAsync(Caller admin, ObjectId device)
    {
        var made = await Operations(device).Create(admin, new NewOperation(null, new Fragments([new Fragment("c8y_Restart", "{}"u8.ToArray())])));
        await Operations(device).Update(admin, made.Id, new OperationChange(OperationStatus.Executing, null, null, Fragments.None));
        return made.Id;
    }

    private static AdvanceOperation End(OperationId id) => new(OperationStatus.Successful, id.ToString(), null, null, []);

    private static AddFragments Mark => new(new Fragments([new Fragment("seen", "{}"u8.ToArray())]));

    private static ManagedObjectChange Named(string name) => new(name, null, null, Fragments.None);

    private Task<BatchOutcome> ApplyAsync(Caller caller, ObjectId device, params DeviceCommand[] rows) => silo.Device(device).Apply(caller, new DeviceBatch(rows, CommitTicket.None));
}
