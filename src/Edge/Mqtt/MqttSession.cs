using Bailiwick.Edge.Http;
using Bailiwick.Edge.Rates;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Edge.Mqtt;

/// <summary>What CONNECT agreed on.</summary>
/// <param name="Serial">The device identifier out of the client id: the external id of the device.</param>
/// <param name="KeepAliveSeconds">0 for none.</param>
internal sealed record SessionTerms(
    Caller Caller, string Serial, ProtocolLevel Level, int KeepAliveSeconds, byte[]? WillTopic, byte[]? WillPayload)
{
    public bool IsBootstrap => Caller.User == Grains.Abstractions.Identity.UserId.DeviceBootstrap;
}

/// <summary>
/// One connected client, from CONNACK on. A whole socket read is parsed, costs one grain call for each device it concerns, and the
/// session reads on while the store's writer commits; acknowledgements leave from the writer's thread.
/// </summary>
internal sealed partial class MqttSession : ICommitSink
{
    private readonly ConnectionContext _connection;
    private readonly MqttServices _services;
    private readonly SessionTerms _terms;
    private readonly PacketOutput _output;
    private readonly AckQueue _acks;
    private readonly DeviceDoor _door;
    private readonly Intake _intake;
    private readonly long _sink;
    private readonly Lock _sending = new();
    private Subscriptions _subscriptions;
    private ushort _lastPacketId;
    private volatile bool _isAborted;
    private volatile bool _isLeaving;
    private volatile bool _isBusy;

    public MqttSession(ConnectionContext connection, MqttServices services, SessionTerms terms)
    {
        (_connection, _services, _terms) = (connection, services, terms);
        _output = new PacketOutput(connection.Transport.Output, Abort);
        _acks = new AckQueue(_output);
        _door = new DeviceDoor(services.Grains, terms.Caller, terms.Serial);
        _intake = new Intake(services.Interpreter, services.Time, terms.Serial, terms.IsBootstrap);
        _sink = services.Sinks.Add(this);
    }

    public SessionTerms Terms => _terms;

    public DeviceDoor Door => _door;

    /// <summary>When something was last heard, in the seconds of <see cref="MqttSessions"/>.</summary>
    public int LastHeard { get; set; }

    /// <summary>Whether nothing was heard for one and a half times the keep-alive. What the server itself is slow at is not the client's silence.</summary>
    public bool IsSilent(int now) =>
        _terms.KeepAliveSeconds > 0 && !_isBusy && now - LastHeard > _terms.KeepAliveSeconds + _terms.KeepAliveSeconds / 2 + 1;

    /// <summary>The same user's sessions entered before and after this one: <see cref="MqttSessions"/>' to keep.</summary>
    public MqttSession? Before { get; set; }

    /// <inheritdoc cref="Before"/>
    public MqttSession? After { get; set; }

    /// <summary>Reads and carries out until the client leaves, breaks the protocol, or is put out.</summary>
    public async Task RunAsync()
    {
        var ending = Ending.Violation;
        // The server is stopping: the client is left as if it had asked to go.
        using var stopping = _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested.Register(Leave);
        try
        {
            ending = await ReadOnAsync();
            if (ending == Ending.Violation) _services.Log.LogInformation("MQTT {User} {Serial}: closed, {Reason}", _terms.Caller.User, _terms.Serial, _intake.Reason);
        }
        catch (Exception failure) when (failure is ConnectionAbortedException or ConnectionResetException or OperationCanceledException or IOException)
        {
            // The peer is gone, or was put out: what it sent before is still carried out.
        }
        catch (Exception failure) when (IsUnanswered(failure))
        {
            // What the call has done is not known. It is not acknowledged, so that the client says it again when it has connected anew.
            _services.Log.LogWarning("MQTT {User} {Serial}: closed, {Reason}", _terms.Caller.User, _terms.Serial, failure.Message);
        }
        catch (Refusal refusal)
        {
            _services.Log.LogInformation("MQTT {User} {Serial}: closed, {Reason}", _terms.Caller.User, _terms.Serial, refusal.LogText);
        }
        finally
        {
            await FinishAsync(ending);
        }
    }

    /// <summary>Ends the session from outside, at once: taken over, silent for too long, or no longer allowed.</summary>
    public void Abort(string reason)
    {
        _isAborted = true;
        _acks.Close();
        _connection.Abort(new ConnectionAbortedException(reason));
    }

    /// <summary>Undoes the making of the session; it has ended, or was not admitted.</summary>
    public void Discard()
    {
        _acks.Close();
        _services.Sinks.Remove(_sink);
    }

    /// <summary>Ends reading; what was received is finished and acknowledged.</summary>
    private void Leave()
    {
        _isLeaving = true;
        _connection.Transport.Input.CancelPendingRead();
    }

    public void Settle(long sequence, Exception? failure)
    {
        if (failure is null) _acks.Settle(sequence);
        else Abort("a message could not be stored");
    }

    public void Flush() => _output.Flush();

    private async Task<Ending> ReadOnAsync()
    {
        var input = _connection.Transport.Input;
        // What it owes from before, it does not get rid of by connecting anew.
        _isBusy = true;
        await PaceAsync(_services.Rates.Owed(_terms.Caller, _terms.Serial));
        while (true)
        {
            _isBusy = false;
            var read = await input.ReadAsync();
            _isBusy = true;
            if (_isAborted) return Ending.Violation;
            if (read.IsCanceled || _isLeaving) return Ending.Asked;
            var consumed = _intake.Read(read.Buffer, _terms.Level);
            input.AdvanceTo(consumed, read.Buffer.End);
            var pause = _services.Rates.Charge(_terms.Caller, _terms.Serial, _intake.Packets);
            await CarryOutAsync(_intake.Steps);
            _intake.Forget();
            if (_intake.Ending != Ending.None) return _intake.Ending;
            if (read.IsCompleted) return Ending.Violation;
            await RoomAsync();
            await PaceAsync(pause);
        }
    }

    /// <summary>A client beyond its limit is not read from for a while; that is not its silence. Far beyond it is closed.</summary>
    private async ValueTask PaceAsync(TimeSpan? pause)
    {
        if (pause == TimeSpan.Zero) return;
        if (pause is null) throw new Refusal(RefusalKind.Busy, "mqtt", "Too many messages.", "more messages than its limit for too long");
        var leaving = _connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_connection.ConnectionClosed, leaving);
        await Task.Delay(pause.Value, _services.Time, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        LastHeard = _services.Sessions.Now;
    }

    /// <summary>A client that does not take what is sent to it is not read from, and falls silent by its own doing.</summary>
    private async ValueTask RoomAsync()
    {
        LastHeard = _services.Sessions.Now;
        var room = _output.RoomAsync();
        if (room.IsCompletedSuccessfully) return;
        _isBusy = false;
        await room;
        _isBusy = true;
    }

    private async Task FinishAsync(Ending ending)
    {
        try
        {
            // What came before the end is finished and acknowledged before the connection is closed.
            if (!_isAborted) await DrainedAsync().WaitAsync(_services.Settings.DrainMax, _services.Time);
            if (ending != Ending.Asked && _terms.WillTopic is not null) await PublishWillAsync();
        }
        catch (Exception failure) when (IsUnanswered(failure) || failure is Refusal or IOException or ConnectionAbortedException or ConnectionResetException)
        {
            _services.Log.LogWarning("MQTT {User} {Serial}: {Reason}", _terms.Caller.User, _terms.Serial, failure.Message);
        }
        finally
        {
            if (_feed is not null) await _feed.EndAsync();
        }
    }

    /// <summary>Whether there was no answer: a grain's came too late, or its silo has gone.</summary>
    private static bool IsUnanswered(Exception failure) => failure is TimeoutException or OrleansException;

    private async Task DrainedAsync()
    {
        await _acks.DrainedAsync();
        await _output.RoomAsync();
    }

    private async Task PublishWillAsync()
    {
        _intake.ReadWill(_terms.WillTopic, _terms.WillPayload);
        await CarryOutAsync(_intake.Steps);
    }
}

/// <summary>What every session of this silo shares.</summary>
internal sealed record MqttServices(
    IGrainFactory Grains, TemplateInterpreter Interpreter, CommitSinks Sinks, MqttSessions Sessions, RestSettings Platform, MqttSettings Settings, RateLimits Rates, TimeProvider Time,
    ILogger<MqttSession> Log);

/// <summary>What the operator decides about MQTT.</summary>
/// <param name="DrainMax">How long what was received may take to be finished when a session ends.</param>
public sealed record MqttSettings(TimeSpan DrainMax)
{
    public static readonly MqttSettings Default = new(TimeSpan.FromSeconds(Limits.DrainSecondsMax));
}
