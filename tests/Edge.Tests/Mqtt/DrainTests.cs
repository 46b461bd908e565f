using Bailiwick.Grains.Abstractions.Devices;

namespace Bailiwick.Edge.Tests.Mqtt;

/// <summary>How long a session that has ended waits for what it received.</summary>
public sealed class DrainTests
{
    [Fact]
    public async Task A_session_whose_message_is_never_stored_waits_as_long_as_the_setting_says()
    {
        var applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var session = await PipedSession.RunAsync(_ =>
        {
            applied.SetResult();
            return BatchOutcome.Pending;
        });

        await session.PublishAsync(1, 1);
        await applied.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var waiting = session.Clock.NextTimerAsync();
        await session.HangUpAsync();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(session.Running.IsCompleted);
        session.Clock.Advance(TimeSpan.FromSeconds(2));
        await session.Running.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
