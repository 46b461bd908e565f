using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Edge.Mqtt;

/// <summary>The forms in which a connection hears of operations.</summary>
[Flags]
internal enum OperationForms : byte
{
    None = 0,
    /// <summary>Rows of the static templates, on <c>s/ds</c>.</summary>
    Rows = 1,
    /// <summary>Documents, on <c>devicecontrol/notifications</c>.</summary>
    Documents = 2,
    All = Rows | Documents,
}

/// <summary>
/// What brings operations to one connection. The agent's grain tells it that one waits, and it fetches that as the connection's own user, so that
/// the gate and the policy judge every delivery when it is made. All that is pending is fetched when a form is subscribed to, when the
/// device asks, and whenever something may have been missed; what went out in a form since that form was last asked for is left out.
/// A device may still see an operation twice, as one that connects again does, and never not at all.
/// </summary>
internal sealed class OperationFeed(MqttSession session, MqttServices services) : IDeviceSession
{
    private readonly Lock _lock = new();
    // Saying that it listens, and that it does so no more, one after the other: what was said last is what its agent's grain keeps.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Queue<OperationId> _waiting = new();
    private readonly Dictionary<OperationId, OperationForms> _forwarded = [];
    private IDeviceSession? _reference;
    private OperationForms _allFor;
    private int _renewAt;
    private bool _isFetching;
    private volatile bool _isEnded;

    private Caller Caller => session.Terms.Caller;

    private ObjectId? ListensTo
    {
        get { lock (_lock) return field; }
        set { lock (_lock) field = value; }
    }

    /// <summary>A form was subscribed to: from now on the agent tells of what comes, and what is pending already is fetched.</summary>
    public async Task BeginAsync(ObjectId device, OperationForms form)
    {
        await InTurnAsync(() => ListenAsync(device));
        FetchAll(form);
    }

    /// <summary>
    /// A form is asked for anew: what went out in it before counts no more. Said before SUBACK and not when fetching begins, so that an operation
    /// that is made in between, and announced by its agent, is not brought a second time by the fetching.
    /// </summary>
    public void Forget(OperationForms forms)
    {
        lock (_lock)
            foreach (var id in _forwarded.Keys.ToArray())
                _forwarded[id] &= ~forms;
    }

    /// <summary>Fetches all that is pending and was not forwarded yet.</summary>
    public void FetchAll(OperationForms forms)
    {
        lock (_lock) _allFor |= forms;
        Fetch();
    }

    public Task OperationWaits(OperationId id)
    {
        lock (_lock)
        {
            // Then it is another's to hear: the agent above has a connection, perhaps.
            if (_isEnded) throw new InvalidOperationException("The connection has ended.");
            if (Missing(id) == OperationForms.None) return Task.CompletedTask;
            if (_waiting.Count < Limits.OperationsAnnouncedMax) _waiting.Enqueue(id);
            else
            {
                _waiting.Clear();
                _allFor = OperationForms.All;
            }
        }
        Fetch();
        return Task.CompletedTask;
    }

    /// <summary>Whether it is time to say again that the connection listens.</summary>
    public bool IsDue(int now) => ListensTo is not null && !_isEnded && now >= Volatile.Read(ref _renewAt);

    public void Renew()
    {
        Volatile.Write(ref _renewAt, int.MaxValue);
        _ = RenewAsync();
    }

    /// <summary>The device's object may be another one by now: deleted under the connection, and made again.</summary>
    public Task FollowAsync(ObjectId? device) => ListensTo is { } known && device is { } now && known != now ? RelistenAsync(now) : Task.CompletedTask;

    /// <summary>No form is subscribed to any more.</summary>
    public Task StopAsync() => InTurnAsync(UnlistenAsync);

    public async Task EndAsync()
    {
        _isEnded = true;
        await StopAsync();
        if (_reference is not null) services.Grains.DeleteObjectReference<IDeviceSession>(_reference);
        _reference = null;
    }

    private async Task<bool> InTurnAsync(Func<Task<bool>> say)
    {
        await _turn.WaitAsync();
        try
        {
            return await say();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Whether the agent did not know of the connection.</summary>
    private async Task<bool> ListenAsync(ObjectId device)
    {
        if (_isEnded) return false;
        _reference ??= services.Grains.CreateObjectReference<IDeviceSession>(this);
        try
        {
            var isNew = await Grain(device).Listen(Caller, _reference);
            Volatile.Write(ref _renewAt, services.Sessions.Now + Limits.SessionRenewalSeconds);
            ListensTo = device;
            return isNew;
        }
        catch (Refusal refusal) when (refusal.Kind is RefusalKind.Denied or RefusalKind.NotFound)
        {
            // Subscribing is for replies, too: who may see no operations gets none, and is told so by nothing else.
            ListensTo = null;
            return false;
        }
    }

    private async Task<bool> UnlistenAsync()
    {
        if (ListensTo is not { } device || _reference is null) return false;
        ListensTo = null;
        try
        {
            await Grain(device).Unlisten(Caller.Departing(Caller.Tenant), _reference);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Who does not say goodbye is forgotten all the same, a little later.
            services.Log.LogDebug(failure, "MQTT {User} {Serial}: did not unlisten", Caller.User, session.Terms.Serial);
        }
        return true;
    }

    private async Task RelistenAsync(ObjectId device)
    {
        // It may have stopped listening while others had their turn.
        if (await InTurnAsync(async () => ListensTo is not null && await ListenAsync(device))) FetchAll(OperationForms.All);
    }

    private async Task RenewAsync()
    {
        try
        {
            if ((session.Door.Device ?? ListensTo) is { } device) await RelistenAsync(device);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            services.Log.LogInformation("MQTT {User} {Serial}: could not renew its listening, {Reason}", Caller.User, session.Terms.Serial, failure.Message);
            Volatile.Write(ref _renewAt, services.Sessions.Now + Limits.RetryAfterSeconds);
        }
    }

    private void Fetch()
    {
        lock (_lock)
        {
            if (_isFetching || _isEnded) return;
            _isFetching = true;
        }
        _ = FetchAsync();
    }

    /// <summary>One at a time, so that operations leave in the order in which they were made.</summary>
    private async Task FetchAsync()
    {
        // Whoever told of an operation must not do the fetching.
        await Task.Yield();
        try
        {
            while (Next(out var all, out var id))
                if (all != OperationForms.None) await ForwardAllAsync(all);
                else await ForwardAsync(id);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // What could not be fetched is pending still, and is when the device connects again.
            services.Log.LogInformation("MQTT {User} {Serial}: operations could not be fetched, {Reason}", Caller.User, session.Terms.Serial, failure.Message);
            session.Abort("operations could not be fetched");
        }
    }

    private bool Next(out OperationForms all, out OperationId id)
    {
        lock (_lock)
        {
            (all, id) = (_allFor, default);
            _allFor = OperationForms.None;
            _isFetching = !_isEnded && (all != OperationForms.None || _waiting.TryDequeue(out id));
            return _isFetching;
        }
    }

    private async Task ForwardAllAsync(OperationForms forms)
    {
        if (session.Door.Device is not { } agent) return;
        var operations = services.Grains.Grain<IOperationsGrain>(Caller.Tenant.Value);
        for (OperationId? after = null; ;)
        {
            var found = await operations.FindPending(Caller, agent, after);
            foreach (var delivery in found) await SendAsync(delivery, forms);
            if (found.Count < Limits.OperationsFetchedPerCall) return;
            after = found[^1].Operation.Id;
        }
    }

    private async Task ForwardAsync(OperationId id)
    {
        try
        {
            if (await Grain(id.Device).ReadPending(Caller, id) is { } delivery) await SendAsync(delivery, OperationForms.All);
        }
        catch (Refusal refusal) when (refusal.Kind is RefusalKind.Denied or RefusalKind.NotFound)
        {
            // Gone meanwhile, or not this user's to see.
        }
    }

    private async Task SendAsync(OperationDelivery delivery, OperationForms forms)
    {
        var id = delivery.Operation.Id;
        lock (_lock)
        {
            forms &= Missing(id);
            if (forms == OperationForms.None) return;
            // Noted before it is sent: a device that asks anew at the first byte of it must have it again.
            if (_forwarded.Count >= Limits.OperationsRememberedPerSession) _forwarded.Clear();
            _forwarded[id] = _forwarded.GetValueOrDefault(id) | forms;
        }
        var sent = session.Forward(delivery, forms);
        // Only what was sent counts as sent: the form that is not subscribed to yet is fetched when it is.
        lock (_lock) _forwarded[id] = _forwarded.GetValueOrDefault(id) & ~(forms & ~sent);
        await session.HasRoomAsync();
    }

    private OperationForms Missing(OperationId id) => OperationForms.All & ~_forwarded.GetValueOrDefault(id);

    private IDeviceOperationsGrain Grain(ObjectId device) => services.Grains.Grain<IDeviceOperationsGrain>(device.GrainKey(Caller.Tenant));
}
