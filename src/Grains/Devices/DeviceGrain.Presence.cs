using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Telemetry;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Inventory;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Grains.Devices;

// Whether the device is there. When it was last heard of is known here to the moment and kept to the minute, so that a device that says
// much costs the store nothing; what is kept is not waited for, since nothing was promised of it.
internal sealed partial class DeviceGrain
{
    private const string SilenceAlarm = "c8y_UnavailabilityAlarm";

    private long _heardMs;
    private Presence _kept;
    private bool _isPresenceKnown;

    public async Task Heard(Caller caller)
    {
        if (!Exists) return;
        _heardMs = NowMs;
        // It comes while other work of this grain waits, and so leaves the alarm of a silence to the next look.
        await RecallPresenceAsync();
        await KeepIfDueAsync();
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_isPresenceKnown && Exists && _heardMs > _kept.LastMessageMs) _ = KeepAsync(_kept with { LastMessageMs = _heardMs });
        return Task.CompletedTask;
    }

    public async Task Watch(Caller caller, long sinceMs)
    {
        if (!Exists) return;
        var permit = WritePermit.Demand(caller, _owned.Resource, Permission.AlarmAdmin);
        await RecallPresenceAsync();
        var heardMs = Math.Max(_heardMs, _kept.LastMessageMs);
        var isLate = Presences.IsSilent(_owned.Read(permit).ResponseMinutes, _kept, heardMs, sinceMs, _ports.Time.GetUtcNow());
        if (isLate == _kept.IsLate) return;
        await (isLate ? TellOfSilenceAsync(caller, permit) : ClearSilenceAsync(caller, permit));
    }

    /// <summary>Notes a message of the device; an application's is none.</summary>
    private ValueTask HeardAsync(Caller caller)
    {
        if (caller.IsApplication) return default;
        _heardMs = NowMs;
        if (!_isPresenceKnown || _kept.IsLate) return new(ReturnAsync());
        _ = KeepIfDueAsync();
        return default;
    }

    /// <summary>The first message of an activation, and the first after a silence that was noticed.</summary>
    private async Task ReturnAsync()
    {
        await RecallPresenceAsync();
        if (_kept.IsLate) await ClearSilenceAsync(Caller.Platform(PlatformTask.Availability, _tenant), Upholding());
        _ = KeepIfDueAsync();
    }

    private Task KeepIfDueAsync() => _heardMs - _kept.LastMessageMs >= Limits.LastMessageKeptSeconds * 1000L
        ? KeepAsync(_kept with { LastMessageMs = _heardMs }) : Task.CompletedTask;

    /// <summary>A connection began or ended: whether there is one now is kept where it changed.</summary>
    private void NoteConnection()
    {
        var isConnected = _sessions is { Any: true };
        if (Exists && (isConnected || _isPresenceKnown) && (_kept.IsConnected != isConnected || !_isPresenceKnown)) _ = NoteAsync();

        async Task NoteAsync()
        {
            try
            {
                await RecallPresenceAsync();
                await KeepAsync(_kept with { LastMessageMs = Math.Max(_heardMs, _kept.LastMessageMs), IsConnected = _sessions is { Any: true } });
            }
            catch (Refusal refusal)
            {
                _ports.Log.LogWarning("It was not kept whether device {Tenant}/{Device} is connected: {Reason}", _tenant, _id, refusal.LogText);
            }
        }
    }

    private async ValueTask RecallPresenceAsync()
    {
        if (_isPresenceKnown) return;
        _kept = await _ports.Presence.RecallAsync(ReadPermit.Demand(Upkeep, _owned.Resource, Permission.InventoryRead)) ?? default;
        _isPresenceKnown = true;
    }

    /// <summary>
    /// Keeps it. A message does not wait for that: what it brings is committed behind it, and a loss costs a minute's exactness of which no
    /// acknowledgement speaks. So a failure is passed over; the next message looks
    /// what is there, and tries again.
    /// </summary>
    private async Task KeepAsync(Presence presence)
    {
        _kept = presence;
        try
        {
            await _ports.Presence.KeepAsync(Upholding(), presence);
        }
        catch (Refusal)
        {
            _isPresenceKnown = false;
        }
    }

    private async Task TellOfSilenceAsync(Caller caller, WritePermit permit)
    {
        // It may have been raised and the note of it lost.
        if (await _ports.Alarms.FindOpenAsync(Inside(), SilenceAlarm) is null)
            await RaiseAsync(caller, new NewAlarm(
                SilenceAlarm, "No data received from the device within the required interval.", AlarmSeverity.Major, AlarmStatus.Active, _ports.Time.GetUtcNow(), Fragments.None));
        await KeepLateAsync(permit, true);
    }

    private async Task ClearSilenceAsync(Caller caller, WritePermit permit)
    {
        if (await _ports.Alarms.FindOpenAsync(Inside(), SilenceAlarm) is { } open) await WriteChangeAsync(caller, permit, open, AlarmChange.To(AlarmStatus.Cleared));
        await KeepLateAsync(permit, false);
    }

    private Task KeepLateAsync(WritePermit permit, bool isLate)
    {
        _kept = _kept with { LastMessageMs = Math.Max(_heardMs, _kept.LastMessageMs), IsLate = isLate };
        return _ports.Presence.KeepAsync(permit, _kept);
    }

    private Task ForgetPresenceAsync()
    {
        (_heardMs, _kept, _isPresenceKnown) = (0, default, false);
        return _ports.Presence.ForgetAsync(Upholding());
    }

    private long NowMs => _ports.Time.GetUtcNow().ToUnixTimeMilliseconds();

    private WritePermit Upholding() => WritePermit.Demand(Caller.Platform(PlatformTask.Availability, _tenant), _owned.Resource, Permission.AlarmAdmin);
}
