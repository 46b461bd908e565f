using System.Collections.Concurrent;
using Bailiwick.Edge.Tests.Http;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Inventory;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>A client whose device cannot be asked in time, or whose device's silo goes away: it is closed, and nothing that is acknowledged is in doubt.</summary>
public sealed class FailedCallTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Failures => ["no answer in time", "the silo is gone"];

    [Theory, MemberData(nameof(Failures))]
    public async Task What_came_before_the_failed_call_is_acknowledged_and_nothing_else(string failure)
    {
        var asked = new BlockingCollection<CommitTicket>();
        var session = await PipedSession.RunAsync(new ScriptedGrains().On<IDeviceGrain>(nameof(IDeviceGrain.Apply), call =>
        {
            asked.Add(call.Argument<DeviceBatch>(1).Ticket);
            return asked.Count == 1 ? BatchOutcome.Pending : throw Failed(failure);
        }));
        await session.PublishAsync(1, 1);
        await Until(() => asked.Count == 1, "the first message at its grain");
        await session.PublishAsync(2, 1);
        await Until(() => asked.Count == 2, "the second message at its grain");
        await Until(() => !session.Log.Lines.IsEmpty, "a line in the log about the call that failed");

        // The store is done with both after all; the session has given the second up.
        var (first, second) = (asked.Take(), asked.Take());
        var sink = session.Services.Sinks.Find(first)!;
        sink.Settle(second.Sequence, null);
        sink.Flush();
        Assert.False(session.Running.IsCompleted);
        sink.Settle(first.Sequence, null);
        sink.Flush();

        await session.Running.WaitAsync(Patience);
        Assert.Equal(1, Assert.Single(await session.AcksAsync(1)));
        AssertToldOnce(session);
    }

    [Theory, MemberData(nameof(Failures))]
    public async Task What_came_behind_it_is_not_carried_out_and_the_session_is_taken_back(string failure)
    {
        var grains = new ScriptedGrains().On<IDeviceGrain>(nameof(IDeviceGrain.Apply), _ => throw Failed(failure));
        var session = await PipedSession.ConnectAsync(grains);
        Assert.Equal([0x20, 2, 0, 0], await session.AnswersAsync(4));
        Assert.Equal(1, session.Services.Sessions.Count);

        // One write, for the device and for a child.
        await session.SendAsync([0x32, 15, 0, 4, .. "s/us"u8, 0, 1, .. "400,a,b"u8, 0x32, 19, 0, 8, .. "s/us/kid"u8, 0, 2, .. "400,a,b"u8]);
        await session.Running.WaitAsync(Patience);

        Assert.Single(grains.Calls, call => call.Name == "IDeviceGrain.Apply");
        Assert.Equal(0, session.Services.Sessions.Count);
        Assert.Null(session.Services.Sinks.Find(new CommitTicket(session.Services.Sinks.SiloRun, 1, 1)));
        AssertToldOnce(session);
    }

    [Theory, MemberData(nameof(Failures))]
    public async Task A_subscription_that_cannot_be_carried_out_ends_the_session(string failure)
    {
        var session = await PipedSession.RunAsync(new ScriptedGrains()
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Listen), _ => throw Failed(failure)));
        await session.SubscribeAsync("s/ds");

        await session.Running.WaitAsync(Patience);
        AssertToldOnce(session);
    }

    [Theory, MemberData(nameof(Failures))]
    public async Task Who_cannot_be_let_in_for_it_is_told_that_the_server_is_not_there(string failure)
    {
        var session = await PipedSession.ConnectAsync(new ScriptedGrains().On<IDevicesGrain>(nameof(IDevicesGrain.Find), _ => throw Failed(failure)));

        Assert.Equal([0x20, 2, 0, 3], await session.AnswersAsync(4));
        await session.Running.WaitAsync(Patience);
        Assert.Equal(0, session.Services.Sessions.Count);
        Assert.Null(session.Services.Sinks.Find(new CommitTicket(session.Services.Sinks.SiloRun, 1, 1)));
        Assert.Single(session.Log.Lines);
    }

    [Theory, MemberData(nameof(Failures))]
    public async Task A_will_that_cannot_be_carried_out_keeps_nobody_from_saying_goodbye(string failure)
    {
        var grains = new ScriptedGrains()
            .On<IDeviceGrain>(nameof(IDeviceGrain.Apply), _ => throw Failed(failure))
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Listen), _ => true)
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Unlisten), _ => null)
            .On<IOperationsGrain>(nameof(IOperationsGrain.FindPending), _ => Array.Empty<OperationDelivery>());
        var session = await PipedSession.RunAsync(grains, will: "400,a,b");
        await session.SubscribeAsync("s/ds");
        await session.HangUpAsync();

        await session.Running.WaitAsync(Patience);
        Assert.Equal(PlatformTask.Departure, Assert.Single(grains.Calls, call => call.Name.EndsWith(nameof(IDeviceOperationsGrain.Unlisten), StringComparison.Ordinal)).Caller.Task);
        AssertToldOnce(session);
    }

    [Theory, MemberData(nameof(Failures))]
    public async Task What_is_stored_is_acknowledged_although_the_device_that_was_made_anew_cannot_be_listened_to(string failure)
    {
        var grains = new ScriptedGrains()
            .On<IDevicesGrain>(nameof(IDevicesGrain.Find), _ => new ObjectId(1))
            .On<IExternalIdGrain>(nameof(IExternalIdGrain.EnsureDevice), _ => new EnsuredDevice(new ObjectId(2), true))
            .On<IDeviceGrain>(nameof(IDeviceGrain.Apply), call => call.Key.EndsWith("/1", StringComparison.Ordinal) ? throw Grains.Abstractions.Refusal.NotFound("inventory", "It is gone.") : BatchOutcome.Durable)
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Listen), call => call.Key.EndsWith("/1", StringComparison.Ordinal) ? true : throw Failed(failure))
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Unlisten), _ => null)
            .On<IOperationsGrain>(nameof(IOperationsGrain.FindPending), _ => Array.Empty<OperationDelivery>());
        var session = await PipedSession.RunAsync(grains);
        await session.SubscribeAsync("s/ds");
        await Until(() => grains.Calls.Any(call => call.Name.EndsWith(nameof(IOperationsGrain.FindPending), StringComparison.Ordinal)), "the fetching of what waits");

        await session.PublishAsync(1, 1);

        await session.Running.WaitAsync(Patience);
        Assert.Contains(1, await session.AcksAsync(1));
        AssertToldOnce(session);
    }

    [Fact]
    public async Task Who_is_refused_for_want_of_room_is_closed_without_waiting_for_what_is_never_stored()
    {
        var session = await PipedSession.RunAsync(_ => throw Grains.Abstractions.Refusal.StorageUnavailable("The disk is full."));
        await session.PublishAsync(1, 1);

        await session.Running.WaitAsync(Patience);
        Assert.Empty(session.Log.Lines);
    }

    private static void AssertToldOnce(PipedSession session) =>
        Assert.Contains("device_pump pump", Assert.Single(session.Log.Lines).Text, StringComparison.Ordinal);

    private static Exception Failed(string failure) => failure == "no answer in time"
        ? new TimeoutException("Response did not arrive on time.") : new SiloUnavailableException("The silo is gone.");

    private static async Task Until(Func<bool> holds, string awaited)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds())
        {
            Assert.False(patience.IsCancellationRequested, $"Waited {Patience} for {awaited}");
            await Task.Yield();
        }
    }
}
