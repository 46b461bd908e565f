using System.Threading.Channels;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Cluster.Tests;

/// <summary>Operations where the device's connection, its grain and whoever makes the operation are on silos of their own.</summary>
public sealed class DeliveryTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SharedStore _store = SharedStore.Open(StoreKind.Embedded);
    private GatedCluster? _cluster;
    private Caller? _admin;

    private GatedCluster Cluster => _cluster!;

    private Caller Admin => _admin!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await GatedCluster.StartAsync(2, _store.AddTo);
        _admin = await _cluster.SignInAsAdminAsync(GatedCluster.Tenant);
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null) await _cluster.DisposeAsync();
        _store.Dispose();
    }

    [Fact]
    public async Task A_connection_on_another_silo_hears_of_an_operation_for_a_child_and_fetches_it_there()
    {
        var (agent, child) = (await MakeAsync(1, isAgent: true), await MakeAsync(0, isAgent: false));
        await LinkAsync(agent, child);
        var (session, heard) = Session(1);
        Assert.True(await On(1, agent).Listen(Admin, session));
        Assert.False(await On(1, agent).Listen(Admin, session));

        var made = await On(0, child).Create(Admin, new NewOperation("x", Fragments.None));
        Assert.Equal(made.Id, await NextAsync(heard));
        Assert.Equal(made.Id, (await On(1, child).ReadPending(Admin, made.Id))!.Operation.Id);
        Assert.Equal([made.Id], await PendingAsync(1, agent));

        await On(0, child).Update(Admin, made.Id, new OperationChange(OperationStatus.Executing, null, null, Fragments.None));
        Assert.Null(await On(1, child).ReadPending(Admin, made.Id));
        Assert.Empty(await PendingAsync(1, agent));
    }

    [Fact]
    public async Task Operations_are_told_in_the_order_in_which_they_were_made()
    {
        var agent = await MakeAsync(1, isAgent: true);
        var (session, heard) = Session(0);
        await On(0, agent).Listen(Admin, session);
        var made = new List<OperationId>();
        for (var i = 0; i < 50; i++) made.Add((await On(i % 2, agent).Create(Admin, new NewOperation(null, Fragments.None))).Id);
        foreach (var id in made) Assert.Equal(id, await NextAsync(heard));
        Assert.Equal(made, await PendingAsync(0, agent));
    }

    [Fact]
    public async Task The_nearest_agent_that_has_a_connection_is_told_and_forwards_what_is_below_it()
    {
        var (top, inner, leaf) = (await MakeAsync(0, isAgent: true), await MakeAsync(1, isAgent: true), await MakeAsync(0, isAgent: false));
        await LinkAsync(top, inner);
        await LinkAsync(inner, leaf);
        var ((topSession, topHeard), (innerSession, innerHeard)) = (Session(0), Session(1));
        await On(0, top).Listen(Admin, topSession);
        var first = (await On(0, leaf).Create(Admin, new NewOperation(null, Fragments.None))).Id;
        Assert.Equal(first, await NextAsync(topHeard));
        Assert.Equal([first], await PendingAsync(0, top));

        await On(1, inner).Listen(Admin, innerSession);
        var second = (await On(0, leaf).Create(Admin, new NewOperation(null, Fragments.None))).Id;
        Assert.Equal(second, await NextAsync(innerHeard));
        Assert.Empty(await PendingAsync(0, top));
        Assert.Equal([first, second], await PendingAsync(1, inner));

        await On(1, inner).Unlisten(Caller.Departing(GatedCluster.Tenant), innerSession);
        // What waits there may have been fetched by nobody: it goes up before what is made from now on.
        Assert.Equal(first, await NextAsync(topHeard));
        Assert.Equal(second, await NextAsync(topHeard));
        var third = (await On(0, leaf).Create(Admin, new NewOperation(null, Fragments.None))).Id;
        Assert.Equal(third, await NextAsync(topHeard));
    }

    [Fact]
    public async Task After_the_silo_of_the_agent_left_the_connection_is_unknown_and_what_was_missed_is_fetched()
    {
        var agent = await MakeAsync(1, isAgent: true);
        var (session, heard) = Session(0);
        Assert.True(await On(0, agent).Listen(Admin, session));
        Assert.False(await On(0, agent).Listen(Admin, session));
        await Cluster.StopAsync(1);

        var missed = (await On(0, agent).Create(Admin, new NewOperation(null, Fragments.None))).Id;
        Assert.True(await On(0, agent).Listen(Admin, session));
        Assert.Equal([missed], await PendingAsync(0, agent));
        var told = (await On(0, agent).Create(Admin, new NewOperation(null, Fragments.None))).Id;
        Assert.Equal(told, await NextAsync(heard));
    }

    [Fact]
    public async Task Who_may_not_see_an_operation_is_not_given_it_whatever_they_were_told()
    {
        var agent = await MakeAsync(1, isAgent: true);
        var stranger = await Cluster.SignInAsync(await Cluster.MakeUserAsync(Admin, "stranger", []));
        var (session, _) = Session(0);
        Assert.Equal(RefusalKind.Denied, (await Assert.ThrowsAsync<Refusal>(() => On(0, agent).Listen(stranger, session))).Kind);
        var made = (await On(0, agent).Create(Admin, new NewOperation(null, Fragments.None))).Id;
        Assert.Null(await On(0, agent).ReadPending(stranger, made));
        Assert.Empty(await Cluster.On(0).GetGrain<IOperationsGrain>(GatedCluster.Tenant.Value).FindPending(stranger, agent, null));
    }

    [Fact]
    public async Task Changes_and_a_deletion_of_one_operation_come_one_after_the_other()
    {
        var agent = await MakeAsync(0, isAgent: true);
        var operations = Cluster.On(1).GetGrain<IOperationsGrain>(GatedCluster.Tenant.Value);
        for (var round = 0; round < 20; round++)
        {
            var id = (await On(0, agent).Create(Admin, new NewOperation(null, Fragments.None))).Id;
            var changing = On(1, agent).Update(Admin, id, new OperationChange(OperationStatus.Executing, null, null, Fragments.None));
            var deleting = operations.DeleteAll(Admin, new OperationQuery(agent));
            await Task.WhenAll(Settled(changing), deleting);
            // A change that comes after the deletion finds nothing; one before it is deleted. Nothing comes back.
            Assert.Empty((await operations.Find(Admin, new OperationQuery(agent), PageRequest.First)).Items);
        }

        static async Task Settled(Task changing)
        {
            try
            {
                await changing;
            }
            catch (Refusal refusal) when (refusal.Kind == RefusalKind.NotFound)
            {
            }
        }
    }

    [Fact]
    public async Task A_list_by_agent_goes_through_devices_that_show_and_tells_nothing_of_what_hangs_below_others()
    {
        var owner = await Cluster.MakeUserAsync(Admin, "owner", []);
        var reader = await Cluster.SignInAsync(owner);
        var (agent, hidden, leaf) = (await MakeAsync(0, isAgent: true), await MakeAsync(1, isAgent: false), await MakeAsync(0, isAgent: false));
        await LinkAsync(agent, hidden);
        await LinkAsync(hidden, leaf);
        var made = (await On(0, leaf).Create(Admin, new NewOperation(null, Fragments.None))).Id;
        await GiveAsync(leaf);
        Assert.Equal([made], await ListAsync(Admin, new OperationQuery(Agent: agent)));
        Assert.Equal([made], await ListAsync(reader, new OperationQuery(leaf)));
        Assert.Empty(await ListAsync(reader, new OperationQuery(Agent: agent)));
        await GiveAsync(agent);
        Assert.Empty(await ListAsync(reader, new OperationQuery(Agent: agent)));
        await GiveAsync(hidden);
        Assert.Equal([made], await ListAsync(reader, new OperationQuery(Agent: agent)));

        Task GiveAsync(ObjectId id) =>
            Cluster.On(0).GetGrain<IManagedObjectGrain>(id.GrainKey(GatedCluster.Tenant)).Update(Admin, new ManagedObjectChange(null, null, owner.Name, Fragments.None));

        async Task<IEnumerable<OperationId>> ListAsync(Caller caller, OperationQuery query) =>
            (await Cluster.On(1).GetGrain<IOperationsGrain>(GatedCluster.Tenant.Value).Find(caller, query, PageRequest.First)).Items.Select(view => view.Operation.Id);
    }

    private IDeviceOperationsGrain On(int silo, ObjectId device) => Cluster.On(silo).GetGrain<IDeviceOperationsGrain>(device.GrainKey(GatedCluster.Tenant));

    /// <summary>Made on a silo, where its grain then lives.</summary>
    private async Task<ObjectId> MakeAsync(int silo, bool isAgent)
    {
        var fragments = isAgent ? new Fragments([new Fragment(Operation.AgentFragment, "{}"u8.ToArray())]) : Fragments.None;
        var made = await Cluster.On(silo).GetGrain<IInventoryGrain>(GatedCluster.Tenant.Value).Create(Admin, new NewManagedObject(null, null, null, fragments));
        await Assert.ThrowsAsync<Refusal>(() => On(silo, made.Id).Read(Admin, new OperationId(made.Id, 1, 1)));
        return made.Id;
    }

    private Task LinkAsync(ObjectId parent, ObjectId child) =>
        Cluster.On(0).GetGrain<IManagedObjectGrain>(parent.GrainKey(GatedCluster.Tenant)).Link(Admin, ChildKind.Device, [child]);

    private async Task<IEnumerable<OperationId>> PendingAsync(int silo, ObjectId agent) =>
        (await Cluster.On(silo).GetGrain<IOperationsGrain>(GatedCluster.Tenant.Value).FindPending(Admin, agent, null)).Select(delivery => delivery.Operation.Id);

    private (IDeviceSession Reference, Ears Heard) Session(int silo)
    {
        var ears = new Ears();
        return (Cluster.On(silo).CreateObjectReference<IDeviceSession>(ears), ears);
    }

    private static Task<OperationId> NextAsync(Ears heard) => heard.Told.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    private sealed class Ears : IDeviceSession
    {
        public Channel<OperationId> Told { get; } = Channel.CreateUnbounded<OperationId>();

        public Task OperationWaits(OperationId id)
        {
            Told.Writer.TryWrite(id);
            return Task.CompletedTask;
        }
    }
}
