using System.IO.Pipelines;
using System.Text;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Edge.SmartRest;
using Bailiwick.Edge.Tests.Http;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>How long a session that has ended waits for what it received.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task A_session_whose_message_is_never_stored_waits_as_long_as_the_setting_says()
    {
        var applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var grains = new ScriptedGrains()
            .On<IDevicesGrain>(nameof(IDevicesGrain.Find), _ => new ObjectId(7))
            .On<IDeviceGrain>(nameof(IDeviceGrain.Apply), _ =>
            {
                applied.SetResult();
                return BatchOutcome.Pending;
            });
        var clock = new WatchedClock();
        var services = new MqttServices(
            grains, new TemplateInterpreter(TemplateSet.Static()), new CommitSinks(), new MqttSessions(clock), new RestSettings("1.2.3"),
            new MqttSettings(TimeSpan.FromSeconds(2)), clock, NullLogger<MqttSession>.Instance);
        var (fromClient, toClient) = (new Pipe(), new Pipe());
        var connection = new DefaultConnectionContext("test", new Way(fromClient.Reader, toClient.Writer), new Way(toClient.Reader, fromClient.Writer));
        var caller = new Caller(new UserId(new TenantId("t1"), "device_pump"), SignInMethod.MqttPassword, 1, "127.0.0.1");
        var session = new MqttSession(connection, services, new SessionTerms(caller, "pump", ProtocolLevel.V311, 0, null, null));
        await session.Door.ResolveAsync();

        var running = session.RunAsync();
        byte[] body = [0, 4, .. "s/us"u8, 0, 1, .. Encoding.ASCII.GetBytes("200,f,s,1")];
        await fromClient.Writer.WriteAsync(new byte[] { 0x32, (byte)body.Length }.Concat(body).ToArray());
        await applied.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var waiting = clock.NextTimerAsync();
        await fromClient.Writer.CompleteAsync();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(running.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(2));
        await running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Tells when somebody begins to wait by it.</summary>
    private sealed class WatchedClock : FakeTimeProvider
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

    private sealed class Way(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
