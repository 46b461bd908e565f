using System.Collections.Concurrent;
using Bailiwick.Edge.Tests.Http;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Operations;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>What brings operations to a connection: a device may see one twice, and never not at all.</summary>
public sealed class OperationFeedTests
{
    private const string Rows = "s/ds";
    private const string Documents = "devicecontrol/notifications";
    private static readonly OperationDelivery Restart = new(
        new Operation(OperationId.TryParse("1001795648847407000000000000018", out var id) ? id : default, OperationStatus.Pending, null, null,
            new Fragments([new Fragment("c8y_Restart", "{}"u8.ToArray())])),
        ExternalId.Serial("pump"));

    [Fact]
    public async Task What_was_fetched_for_one_form_and_is_told_of_only_then_is_brought_in_the_other_once()
    {
        IDeviceSession? listener = null;
        var hasFetched = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var session = await PipedSession.RunAsync(new ScriptedGrains()
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Listen), call => (listener = call.Argument<IDeviceSession>(1)) is null)
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.ReadPending), _ => Restart)
            .On<IOperationsGrain>(nameof(IOperationsGrain.FindPending), _ => hasFetched.TrySetResult() ? Array.Empty<OperationDelivery>() : [Restart]));
        await session.SubscribeAsync(Rows);
        await hasFetched.Task.WaitAsync(TimeSpan.FromSeconds(30));
        // It is made before the second subscription fetches what is pending, and told of after that.
        await session.SubscribeAsync(Documents);
        Assert.Equal(Documents, (await session.MessageAsync()).Topic);

        await listener!.OperationWaits(Restart.Operation.Id);
        Assert.Equal((Rows, "510,pump"), await session.MessageAsync());
        // Told of again, it has been brought in both: what comes next is the answer to a ping.
        await listener.OperationWaits(Restart.Operation.Id);
        await session.PingAsync();
        Assert.Equal([0xD0, 0], await session.AnswersAsync(2));
    }

    [Fact]
    public async Task What_is_told_of_between_SUBACK_and_the_fetching_is_brought_once_in_each_form()
    {
        IDeviceSession? listener = null;
        using var isRead = new ManualResetEventSlim();
        var session = await PipedSession.RunAsync(new ScriptedGrains()
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Listen), call =>
            {
                var isFirst = listener is null;
                listener = call.Argument<IDeviceSession>(1);
                if (isFirst) return true;
                // The second subscription has its SUBACK and nothing is fetched for it yet: now the operation is made.
                listener.OperationWaits(Restart.Operation.Id);
                Assert.True(isRead.Wait(TimeSpan.FromSeconds(30)), "What was told of was not fetched within 30 s.");
                return false;
            })
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.ReadPending), _ =>
            {
                isRead.Set();
                return Restart;
            })
            .On<IOperationsGrain>(nameof(IOperationsGrain.FindPending), _ => isRead.IsSet ? [Restart] : Array.Empty<OperationDelivery>()));
        await session.SubscribeAsync(Rows);
        await session.SubscribeAsync(Documents);
        Assert.Equal((Rows, "510,pump"), await session.MessageAsync());
        Assert.Equal(Documents, (await session.MessageAsync()).Topic);
        // One who subscribes again has it again, after all that went before.
        await session.SubscribeAsync(Rows);
        Assert.Equal((Rows, "510,pump"), await session.MessageAsync());
    }

    [Fact]
    public async Task What_is_asked_for_again_at_the_first_row_of_it_comes_again()
    {
        IDeviceSession? listener = null;
        PipedSession? session = null;
        var isAsked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session = await PipedSession.RunAsync(new ScriptedGrains()
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Listen), call => (listener = call.Argument<IDeviceSession>(1)) is null)
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.ReadPending), _ =>
            {
                // The document says the time. The row has left by then, and its sending is not over.
                session!.Clock.AtNextReading(() => Assert.True(isAsked.Task.Wait(TimeSpan.FromSeconds(30)), "Nothing was asked for within 30 s."));
                return Restart;
            })
            .On<IDeviceGrain>(nameof(IDeviceGrain.Apply), _ => new BatchOutcome(true, [], [new RowReply(0, [])]))
            .On<IOperationsGrain>(nameof(IOperationsGrain.FindPending), _ => isAsked.Task.IsCompleted ? [Restart] : Array.Empty<OperationDelivery>()));
        await session.SubscribeAsync(Rows);
        await session.SubscribeAsync(Documents);
        await listener!.OperationWaits(Restart.Operation.Id);
        Assert.Equal((Rows, "510,pump"), await session.MessageAsync());
        await session.PublishRowAsync("500");
        await session.PingAsync();
        Assert.Equal([0xD0, 0], await session.AnswersAsync(2));

        isAsked.SetResult();
        Assert.Equal(Documents, (await session.MessageAsync()).Topic);
        Assert.Equal((Rows, "510,pump"), await session.MessageAsync());
        Assert.Equal(Documents, (await session.MessageAsync()).Topic);
    }

    [Fact]
    public async Task A_connection_that_has_ended_takes_nothing_from_the_agent_above_and_says_goodbye_whatever_became_of_its_user()
    {
        IDeviceSession? listener = null;
        Caller? goodbye = null;
        var session = await PipedSession.RunAsync(Listened(call => (listener = call.Argument<IDeviceSession>(1)) is null)
            .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Unlisten), call => goodbye = call.Argument<Caller>(0)));
        await session.SubscribeAsync(Rows);
        await session.PingAsync();
        Assert.Equal([0xD0, 0], await session.AnswersAsync(2));

        await session.HangUpAsync();
        await session.Running.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(PlatformTask.Departure, goodbye!.Task);
        await Assert.ThrowsAsync<InvalidOperationException>(() => listener!.OperationWaits(Restart.Operation.Id));
    }

    [Fact]
    public async Task Who_unsubscribes_while_it_says_that_it_still_listens_does_not_listen_any_more()
    {
        var (isRenewing, mayGoOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        var said = new ConcurrentQueue<string>();
        var session = await PipedSession.RunAsync(Listened(call =>
        {
            said.Enqueue("listens");
            if (said.Count == 1) return true;
            isRenewing.SetResult();
            return mayGoOn.Task;
        }).On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Unlisten), _ =>
        {
            said.Enqueue("listens no more");
            return null;
        }));
        await session.SubscribeAsync(Rows);
        await session.PingAsync();
        Assert.Equal([0xD0, 0], await session.AnswersAsync(2));
        session.Feed!.Renew();
        await isRenewing.Task.WaitAsync(TimeSpan.FromSeconds(30));

        var stopping = session.Feed.StopAsync();
        // What is said last must be what the agent's grain hears last.
        Assert.Equal(["listens", "listens"], said);
        mayGoOn.SetResult(false);
        await stopping.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(["listens", "listens", "listens no more"], said);
        Assert.False(session.Feed.IsDue(int.MaxValue));
    }

    [Fact]
    public async Task Who_subscribed_to_nothing_that_brings_operations_takes_none_from_the_agent_above()
    {
        var grains = Listened(_ => true);
        var session = await PipedSession.RunAsync(grains);
        await session.SubscribeAsync("s/dc/x");
        await session.PingAsync();
        Assert.Equal([0xD0, 0], await session.AnswersAsync(2));

        Assert.DoesNotContain(grains.Calls, call => call.Name.EndsWith(nameof(IDeviceOperationsGrain.Listen), StringComparison.Ordinal));
    }

    private static ScriptedGrains Listened(Func<GrainCall, object?> listen) => new ScriptedGrains()
        .On<IDeviceOperationsGrain>(nameof(IDeviceOperationsGrain.Listen), listen)
        .On<IOperationsGrain>(nameof(IOperationsGrain.FindPending), _ => Array.Empty<OperationDelivery>());
}
