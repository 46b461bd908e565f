using System.Threading.Channels;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Storage.Tests;

/// <summary>What becomes of operations that an agent was told of when there is nobody any more who could fetch them there.</summary>
public sealed class HandedUpTests(StoredSilo silo) : IClassFixture<StoredSilo>
{
    [Fact]
    public async Task What_an_agent_was_told_of_is_told_to_the_agent_above_when_its_last_connection_goes_and_not_before()
    {
        var (admin, top, inner) = await PlantAsync();
        var leaf = await MakeAsync(admin, inner);
        var (above, first, second) = (await Listener.AtAsync(silo, admin, top), await Listener.AtAsync(silo, admin, inner), await Listener.AtAsync(silo, admin, inner));
        var (taken, own, below) = (await MakeOperationAsync(admin, inner), await MakeOperationAsync(admin, inner), await MakeOperationAsync(admin, leaf));
        foreach (var made in (OperationId[])[taken, own, below]) Assert.Equal(made, await second.NextAsync());
        await silo.Operations(inner).Update(admin, taken, new OperationChange(OperationStatus.Executing, null, null, Fragments.None));

        await first.LeaveAsync();
        var marker = await MakeOperationAsync(admin, top);
        Assert.Equal(marker, await above.NextAsync());
        await second.LeaveAsync();

        // In the order in which they were made, and before what is made from now on.
        var later = await MakeOperationAsync(admin, leaf);
        foreach (var made in (OperationId[])[own, below, later]) Assert.Equal(made, await above.NextAsync());
        Assert.True(above.HasHeardAll);
    }

    [Fact]
    public async Task What_is_below_another_agent_with_a_connection_stays_there()
    {
        var (admin, top, inner) = await PlantAsync();
        var innermost = await MakeAsync(admin, inner, isAgent: true);
        var (above, there, deepest) = (await Listener.AtAsync(silo, admin, top), await Listener.AtAsync(silo, admin, inner), await Listener.AtAsync(silo, admin, innermost));
        await MakeOperationAsync(admin, innermost);
        var own = await MakeOperationAsync(admin, inner);
        await there.NextAsync();

        await there.LeaveAsync();
        Assert.Equal(own, await above.NextAsync());
        await deepest.LeaveAsync();
        Assert.Equal(await deepest.NextAsync(), await above.NextAsync());
        Assert.True(above.HasHeardAll);
    }

    [Fact]
    public async Task A_connection_that_does_not_answer_any_more_leaves_all_that_it_was_told_of_to_the_agent_above()
    {
        var (admin, top, inner) = await PlantAsync();
        var (above, dying) = (await Listener.AtAsync(silo, admin, top), await Listener.AtAsync(silo, admin, inner));
        var before = await MakeOperationAsync(admin, inner);
        Assert.Equal(before, await dying.NextAsync());
        dying.IsDeaf = true;
        var after = await MakeOperationAsync(admin, inner);

        Assert.Equal(before, await above.NextAsync());
        Assert.Equal(after, await above.NextAsync());
        Assert.True(above.HasHeardAll);
    }

    private async Task<(Caller Admin, ObjectId Top, ObjectId Inner)> PlantAsync()
    {
        var admin = await silo.AdminAsync();
        var top = await MakeAsync(admin, null, isAgent: true);
        return (admin, top, await MakeAsync(admin, top, isAgent: true));
    }

    private async Task<ObjectId> MakeAsync(Caller admin, ObjectId? parent, bool isAgent = false)
    {
        var made = (await silo.Inventory.Create(admin, new NewManagedObject(silo.Unique("device"), null, null, isAgent ? Listener.Agent : Fragments.None))).Id;
        if (parent is { } above) await silo.Object(above).Link(admin, ChildKind.Device, [made]);
        return made;
    }

    private async Task<OperationId> MakeOperationAsync(Caller admin, ObjectId device) => (await silo.Operations(device).Create(admin, new NewOperation(null, Fragments.None))).Id;
}

/// <summary>A connection that listens for an agent's operations.</summary>
internal sealed class Listener : IDeviceSession
{
    public static readonly Fragments Agent = new([new Fragment(Operation.AgentFragment, "{}"u8.ToArray())]);

    private readonly Channel<OperationId> _told = Channel.CreateUnbounded<OperationId>();
    private IDeviceOperationsGrain? _agent;
    private IDeviceSession? _reference;

    /// <summary>Whether it answers with a failure, as one does that has ended.</summary>
    public bool IsDeaf { get; set; }

    public bool HasHeardAll => _told.Reader.Count == 0;

    public static async Task<Listener> AtAsync(StoredSilo silo, Caller caller, ObjectId agent)
    {
        var listener = new Listener { _agent = silo.Operations(agent) };
        listener._reference = silo.Grains.CreateObjectReference<IDeviceSession>(listener);
        Assert.True(await listener._agent.Listen(caller, listener._reference));
        return listener;
    }

    /// <summary>Says again that it listens.</summary>
    public async Task RenewAsync(Caller caller, bool isKnown = true) => Assert.Equal(isKnown, !await _agent!.Listen(caller, _reference!));

    public Task LeaveAsync() => _agent!.Unlisten(Caller.Departing(StoredSilo.T1), _reference!);

    public Task<OperationId> NextAsync() => _told.Reader.ReadAsync().AsTask().WaitAsync(Awaited.Long);

    public Task OperationWaits(OperationId id)
    {
        if (IsDeaf) return Task.FromException(new InvalidOperationException("The connection has ended."));
        _told.Writer.TryWrite(id);
        return Task.CompletedTask;
    }
}
