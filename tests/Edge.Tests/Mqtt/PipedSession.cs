using System.IO.Pipelines;
using System.Text;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Edge.Rates;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Edge.Tests.Http;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>A session of the device <c>pump</c> before a scripted grain, whose client is the test, and whose clock stands still.</summary>
internal sealed class PipedSession
{
    private readonly Pipe _fromClient = new();
    private readonly Pipe _toClient = new();

    private PipedSession(WatchedClock clock) => Clock = clock;

    public WatchedClock Clock { get; }

    /// <summary>Completes when the session has ended.</summary>
    public required Task Running { get; set; }

    public static async Task<PipedSession> RunAsync(Func<GrainCall, object?> apply, RateSettings? rates = null)
    {
        var grains = new ScriptedGrains()
            .On<IDevicesGrain>(nameof(IDevicesGrain.Find), _ => new ObjectId(7))
            .On<IDeviceGrain>(nameof(IDeviceGrain.Apply), apply);
        var clock = new WatchedClock();
        var services = new MqttServices(
            grains, new TemplateInterpreter(TemplateSet.Static()), new CommitSinks(), new MqttSessions(clock), new RestSettings("1.2.3"),
            new MqttSettings(TimeSpan.FromSeconds(2)), new RateLimits(rates ?? RateSettings.Default, clock, NullLogger<RateLimits>.Instance), clock,
            NullLogger<MqttSession>.Instance);
        var piped = new PipedSession(clock) { Running = Task.CompletedTask };
        var connection = new DefaultConnectionContext(
            "test", new Way(piped._fromClient.Reader, piped._toClient.Writer), new Way(piped._toClient.Reader, piped._fromClient.Writer));
        var caller = new Caller(new UserId(new TenantId("t1"), "device_pump"), SignInMethod.MqttPassword, 1, "127.0.0.1");
        var session = new MqttSession(connection, services, new SessionTerms(caller, "pump", ProtocolLevel.V311, 0, null, null));
        await session.Door.ResolveAsync();
        piped.Running = session.RunAsync();
        return piped;
    }

    /// <summary>Sends measurements at QoS 1, in one piece.</summary>
    public async Task PublishAsync(int first, int count)
    {
        var all = Enumerable.Range(first, count).SelectMany(id =>
        {
            byte[] body = [0, 4, .. "s/us"u8, (byte)(id >> 8), (byte)id, .. Encoding.ASCII.GetBytes("200,f,s,1")];
            return (byte[])[0x32, (byte)body.Length, .. body];
        });
        await _fromClient.Writer.WriteAsync(all.ToArray());
    }

    /// <summary>Sends PINGREQ.</summary>
    public async Task PingAsync() => await _fromClient.Writer.WriteAsync(new byte[] { 0xC0, 0 });

    public async Task HangUpAsync() => await _fromClient.Writer.CompleteAsync();

    /// <summary>Waits for so many bytes of answers.</summary>
    public async Task<byte[]> AnswersAsync(int bytes)
    {
        var read = await _toClient.Reader.ReadAtLeastAsync(bytes).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        var answers = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
        _toClient.Reader.AdvanceTo(read.Buffer.End);
        return answers;
    }

    /// <summary>The packet ids of so many PUBACKs, which must be all that comes.</summary>
    public async Task<int[]> AcksAsync(int count)
    {
        var answers = await AnswersAsync(4 * count);
        Assert.Equal(4 * count, answers.Length);
        return [.. answers.Chunk(4).Select(ack =>
        {
            Assert.Equal([0x40, 2], ack[..2]);
            return (ack[2] << 8) | ack[3];
        })];
    }

    private sealed class Way(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}

/// <summary>A clock that stands still and tells when somebody begins to wait by it.</summary>
internal sealed class WatchedClock : FakeTimeProvider
{
    private TaskCompletionSource? _next;

    public Task NextTimerAsync() => (_next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _next?.TrySetResult();
        return timer;
    }
}
