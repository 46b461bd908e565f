using System.IO.Pipelines;
using System.Text;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Edge.Rates;
using Bailiwick.Edge.SigningIn;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Edge.Tests.Http;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>A session of the device <c>pump</c> before a scripted grain, whose client is the test, and whose clock stands still.</summary>
internal sealed class PipedSession
{
    private readonly Pipe _fromClient = new();
    private readonly Pipe _toClient = new();

    private MqttSession? _session;

    private PipedSession(MqttServices services, WatchedClock clock, LogLines log) => (Services, Clock, Log) = (services, clock, log);

    /// <summary>The managed object of the device.</summary>
    public static ObjectId Device => new(7);

    public MqttServices Services { get; }

    public WatchedClock Clock { get; }

    /// <summary>Warnings and errors.</summary>
    public LogLines Log { get; }

    /// <summary>What brings it operations; null as long as it asked for none.</summary>
    public OperationFeed? Feed => _session?.Feed;

    /// <summary>Completes when the session has ended.</summary>
    public required Task Running { get; set; }

    public static Task<PipedSession> RunAsync(Func<GrainCall, object?> apply, RateSettings? rates = null) =>
        RunAsync(new ScriptedGrains().On<IDeviceGrain>(nameof(IDeviceGrain.Apply), apply), rates);

    /// <param name="grains">Asked for the device, they say <see cref="Device"/>.</param>
    /// <param name="will">A row that is the session's will.</param>
    public static async Task<PipedSession> RunAsync(ScriptedGrains grains, RateSettings? rates = null, string? will = null)
    {
        var piped = Before(grains, rates);
        var caller = new Caller(new UserId(new TenantId("t1"), "device_pump"), SignInMethod.MqttPassword, 1, "127.0.0.1");
        var terms = new SessionTerms(caller, "pump", ProtocolLevel.V311, 0, will is null ? null : "s/us"u8.ToArray(), will is null ? null : Encoding.ASCII.GetBytes(will));
        var session = new MqttSession(piped.Connection(), piped.Services, terms);
        piped._session = session;
        await session.Door.ResolveAsync();
        piped.Running = session.RunAsync();
        return piped;
    }

    /// <summary>A client that has sent CONNECT with a good password to whoever takes new connections; CONNACK is not read yet.</summary>
    public static async Task<PipedSession> ConnectAsync(ScriptedGrains grains)
    {
        grains.On<ISignInGrain>(nameof(ISignInGrain.CheckSecret), _ => new SecretCheck(true, 1, new TenantId("t1")));
        var piped = Before(grains, null);
        var clock = piped.Clock;
        var signIn = new SignIn(
            grains, new CredentialCache(clock), new SignInThrottle(clock), new TenantHosts(grains, clock, new SignInOptions(new TenantId("t1"), "iot.example")),
            new SignInAudit(grains, clock, NullLogger<SignInAudit>.Instance));
        piped.Running = new MqttConnectionHandler(piped.Services, signIn).OnConnectedAsync(piped.Connection());
        byte[] body = [0, 4, .. "MQTT"u8, 4, 0xC2, 0, 0, 0, 4, .. "pump"u8, 0, 14, .. "t1/device_pump"u8, 0, 4, .. "word"u8];
        await piped.SendAsync([0x10, (byte)body.Length, .. body]);
        return piped;
    }

    private static PipedSession Before(ScriptedGrains grains, RateSettings? rates)
    {
        grains.OnElse<IDevicesGrain>(nameof(IDevicesGrain.Find), _ => Device);
        var (clock, log) = (new WatchedClock(), new LogLines());
        var services = new MqttServices(
            grains, new TemplateInterpreter(TemplateSet.Static()), new CommitSinks(), new MqttSessions(clock), new RestSettings("1.2.3"),
            new MqttSettings(TimeSpan.FromSeconds(2)), new RateLimits(rates ?? RateSettings.Default, clock, NullLogger<RateLimits>.Instance), clock,
            new Logger<MqttSession>(new LoggerFactory([log])));
        return new PipedSession(services, clock, log) { Running = Task.CompletedTask };
    }

    private DefaultConnectionContext Connection() => new("test", new Way(_fromClient.Reader, _toClient.Writer), new Way(_toClient.Reader, _fromClient.Writer));

    /// <summary>Sends bytes as they are.</summary>
    public async Task SendAsync(byte[] bytes) => await _fromClient.Writer.WriteAsync(bytes);

    /// <summary>Sends measurements at QoS 1, in one piece.</summary>
    public async Task PublishAsync(int first, int count)
    {
        var all = Enumerable.Range(first, count).SelectMany(id =>
        {
            byte[] body = [0, 4, .. "s/us"u8, (byte)(id >> 8), (byte)id, .. Encoding.ASCII.GetBytes("200,f,s,1")];
            return (byte[])[0x32, (byte)body.Length, .. body];
        });
        await SendAsync([.. all]);
    }

    /// <summary>Sends a row, shorter than 100 bytes, at QoS 0.</summary>
    public Task PublishRowAsync(string row) =>
        SendAsync([0x30, (byte)(6 + row.Length), 0, 4, .. "s/us"u8, .. Encoding.ASCII.GetBytes(row)]);

    /// <summary>Sends SUBSCRIBE for a topic at QoS 0 and waits for SUBACK.</summary>
    public async Task SubscribeAsync(string topic)
    {
        await SendAsync([0x82, (byte)(topic.Length + 5), 0, 1, 0, (byte)topic.Length, .. Encoding.ASCII.GetBytes(topic), 0]);
        Assert.Equal([0x90, 3, 0, 1, 0], await NextAsync(5));
    }

    /// <summary>Waits for a message at QoS 0, shorter than 16 KiB, and answers its topic and payload.</summary>
    public async Task<(string Topic, string Payload)> MessageAsync()
    {
        var header = await NextAsync(2);
        Assert.Equal(0x30, header[0]);
        var length = header[1] < 0x80 ? header[1] : (header[1] & 0x7F) | ((await NextAsync(1))[0] << 7);
        var body = await NextAsync(length);
        var topicEnd = 2 + ((body[0] << 8) | body[1]);
        return (Encoding.UTF8.GetString(body[2..topicEnd]), Encoding.UTF8.GetString(body[topicEnd..]));
    }

    /// <summary>Sends PINGREQ.</summary>
    public Task PingAsync() => SendAsync([0xC0, 0]);

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

    /// <summary>Waits for the next so many bytes, and leaves what follows.</summary>
    private async Task<byte[]> NextAsync(int bytes)
    {
        var read = await _toClient.Reader.ReadAtLeastAsync(bytes).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        var next = read.Buffer.Slice(0, bytes);
        var taken = System.Buffers.BuffersExtensions.ToArray(next);
        _toClient.Reader.AdvanceTo(next.End);
        return taken;
    }

    private sealed class Way(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}

/// <summary>A clock that stands still and tells when somebody begins to wait by it, and when somebody reads it.</summary>
internal sealed class WatchedClock : FakeTimeProvider
{
    private TaskCompletionSource? _next;
    private Action? _atNextReading;

    /// <summary>Does something, once, while the clock is read the next time.</summary>
    public void AtNextReading(Action action) => _atNextReading = action;

    public override DateTimeOffset GetUtcNow()
    {
        Interlocked.Exchange(ref _atNextReading, null)?.Invoke();
        return base.GetUtcNow();
    }

    public Task NextTimerAsync() => (_next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _next?.TrySetResult();
        return timer;
    }
}
