using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;
using Bailiwick.Grains.Operations;
using Bailiwick.Grains.Storage;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Devices;

internal sealed partial class DeviceGrain
{
    private Task _told = Task.CompletedTask;
    // It runs as long as there are connections.
    private IGrainTimer? _silence;

    public async Task<Operation> Create(Caller caller, NewOperation wish)
    {
        await RequireExistsAsync();
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(wish.Fragments), Permission.OperationAdmin);
        var agents = await _ports.Tree.AgentsAsync(_tenant, _id);
        if (agents.Count == 0)
            throw Refusal.Invalid(OperationRules.Subject, $"Device {_id} is neither an agent ({Operation.AgentFragment}) nor a child device of one: nobody would carry the operation out.");
        var id = await _ports.Operations.NextIdAsync(permit, _ports.Time.GetUtcNow());
        var operation = new Operation(id, OperationStatus.Pending, null, wish.Description, Fragments.None.Merge(wish.Fragments));
        OperationRules.RequireFits(operation);
        await GrainFactory.RecordThenAsync(_tenant, caller, OperationRules.Created(operation), () => _ports.Operations.WriteAsync(permit, operation, null));
        // The operation is made; nobody waits for its telling, which may have to go to another silo.
        _told = TellAsync(_told, id, agents);
        return operation;
    }

    public async Task<Operation> Read(Caller caller, OperationId id)
    {
        await RequireHasAsync(id);
        var stored = await _ports.Operations.ReadAsync(Inside(), id);
        _ = ReadPermit.Demand(caller, _owned.Resource.Holding(stored?.Fragments), Permission.OperationRead);
        return stored ?? throw NoSuchOperation(id);
    }

    public async Task<Operation> Update(Caller caller, OperationId id, OperationChange change)
    {
        await RequireHasAsync(id);
        var stored = await _ports.Operations.ReadAsync(Inside(), id);
        var permit = WritePermit.Demand(caller, _owned.Resource.Holding(stored?.Fragments), Permission.OperationAdmin);
        return await ChangeAsync(caller, permit, stored ?? throw NoSuchOperation(id), change);
    }

    public async Task<OperationDelivery?> ReadPending(Caller caller, OperationId id)
    {
        await RequireHasAsync(id);
        var operation = await _ports.Operations.ReadAsync(Inside(), id);
        var isShown = Policy.Decide(caller, _owned.Resource.Holding(operation?.Fragments), Permission.OperationRead).Allowed;
        return isShown && operation is { Status: OperationStatus.Pending } ? new OperationDelivery(operation, (await _ports.Names.NamesAsync(Inside())).Preferred()) : null;
    }

    public async Task<bool> Listen(Caller caller, IDeviceSession session)
    {
        await RequireExistsAsync();
        ReadPermit.Demand(caller, _owned.Resource, Permission.OperationRead);
        var isNew = (_sessions ??= new ListeningSessions(_ports.Time)).Hear(session);
        // One that is gone without a word is missed by the clock.
        _silence ??= this.RegisterGrainTimer(HearkenAsync, new GrainTimerCreationOptions(ListeningSessions.KeptFor, Timeout.InfiniteTimeSpan) { Interleave = true });
        NoteConnection();
        return isNew;
    }

    // A connection takes out none but itself: nobody else has its reference.
    public Task Unlisten(Caller caller, IDeviceSession session)
    {
        _sessions?.Forget(session);
        LookWhoIsLeft();
        return Task.CompletedTask;
    }

    public Task<bool> IsListening(Caller caller) => Task.FromResult(Exists && _sessions is { Any: true });

    public async Task<bool> Announce(Caller caller, OperationId id)
    {
        if (!Exists || _sessions is not { Any: true } sessions) return false;
        if (await sessions.TellAsync(id)) return true;
        return HasLastLeft() && await HandUpAsync();
    }

    public async Task<int> RemoveOperations(Caller caller, IReadOnlyList<OperationId> ids) =>
        Exists
            ? await _ports.Operations.DeleteAsync(WritePermit.Demand(caller, _owned.Resource, Permission.OperationAdminAll), ids)
            : 0;

    /// <summary>One change after another: nothing else of this device runs meanwhile, so what was read is what is replaced.</summary>
    private async Task<Operation> ChangeAsync(Caller caller, WritePermit permit, Operation old, OperationChange change)
    {
        var changed = OperationRules.Changed(old, change);
        if (OperationRules.IsSame(old, changed)) return old;
        OperationRules.RequireFits(changed);
        // A right that covers some fragments covers what is there and what is to be.
        _ = WritePermit.Demand(caller, _owned.Resource.Holding(changed.Fragments), Permission.OperationAdmin);
        await GrainFactory.RecordThenAsync(_tenant, caller, OperationRules.Updated(old, changed), () => _ports.Operations.WriteAsync(permit, changed, old));
        return changed;
    }

    /// <summary>
    /// Tells the nearest agent that has a connection. That fails quietly: the operation stays pending, and a connection asks for all that is when it
    /// begins.
    /// </summary>
    private async Task TellAsync(Task before, OperationId id, IReadOnlyList<ObjectId> agents)
    {
        await before;
        await TellAsync(id, agents);
    }

    /// <summary>Answers whether there is an agent that heard.</summary>
    private async Task<bool> TellAsync(OperationId id, IReadOnlyList<ObjectId> agents)
    {
        foreach (var agent in agents)
        {
            try
            {
                if (await (agent == _id ? Announce(Upkeep, id) : GrainFactory.Grain<IDeviceUpkeep>(agent.GrainKey(_tenant)).Announce(Upkeep, id))) return true;
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                _ports.Log.LogWarning(failure, "Agent {Tenant}/{Agent} could not be told of operation {Operation}", _tenant, agent, id);
            }
        }
        return false;
    }

    /// <summary>The time has run out of the connection that was heard of last when it was set.</summary>
    private Task HearkenAsync()
    {
        if (_sessions is { TimeLeft: var left } && left > TimeSpan.Zero) _silence?.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
        else LookWhoIsLeft();
        return Task.CompletedTask;
    }

    /// <summary>Nobody is kept waiting while the agents above are told.</summary>
    private void LookWhoIsLeft()
    {
        if (HasLastLeft()) _told = HandUpAfterAsync(_told);

        async Task HandUpAfterAsync(Task before)
        {
            await before;
            await HandUpAsync();
        }
    }

    /// <summary>Whether the last connection has gone just now; true once.</summary>
    private bool HasLastLeft()
    {
        NoteConnection();
        if (_silence is null || _sessions is { Any: true }) return false;
        _silence.Dispose();
        _silence = null;
        return Exists;
    }

    /// <summary>
    /// Tells the agents above of all that waits here, oldest first: the connections that were told of it have gone and may not have fetched it. Answers whether
    /// all of it was heard; what was not is fetched by the next connection that begins.
    /// </summary>
    private async Task<bool> HandUpAsync()
    {
        try
        {
            var agents = new Dictionary<ObjectId, IReadOnlyList<ObjectId>> { [_id] = await _ports.Tree.AgentsAsync(_tenant, _id) };
            // Only an agent's connections were told of anything.
            if (!agents[_id].Contains(_id)) return false;
            var spokenFor = new VisibleSources([.. (await _ports.Tree.SpokenForAsync(GrainFactory, _tenant, _id)).Order()]);
            var query = new OperationQuery(Status: OperationStatus.Pending);
            for (var isHeard = true; ;)
            {
                var found = await _ports.Operations.FindAsync(ListPermit.Demand(Upkeep, Permission.OperationRead), spokenFor, query, new PageRequest(1, Limits.OperationsFetchedPerCall, false));
                foreach (var operation in found.Items)
                {
                    // Whoever has come in the meantime fetches all of it.
                    if (_sessions is { Any: true }) return false;
                    if (!agents.TryGetValue(operation.Device, out var its)) agents[operation.Device] = its = await _ports.Tree.AgentsAsync(_tenant, operation.Device);
                    if (await TellAsync(operation.Id, its)) continue;
                    // Whom nobody hears for is not asked for again.
                    (isHeard, agents[operation.Device]) = (false, []);
                }
                if (!found.HasMore) return isHeard;
                query = query with { After = found.Items[^1].Id };
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            _ports.Log.LogWarning(failure, "The agents above {Tenant}/{Agent} could not be told of what waits there", _tenant, _id);
            return false;
        }
    }

    private async Task<Operation> RequireAsync(OperationId id) =>
        await _ports.Operations.ReadAsync(Inside(), id) ?? throw NoSuchOperation(id);

    private async ValueTask RequireHasAsync(OperationId id)
    {
        if (!await HasAsync(id.Device)) throw NoSuchOperation(id);
    }

    private Caller Upkeep => Caller.Platform(PlatformTask.Upkeep, _tenant);

    private static Refusal NoSuchOperation(OperationId id) => Refusal.NotFound(OperationRules.Subject, $"No operation for gid '{id}'");
}
