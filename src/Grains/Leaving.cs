using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Grains;

/// <summary>
/// How an activation that stands for nothing goes. Strangers may name as many things as they like, so it must not stay; but one that went with
/// its first answer would send whoever asks at the same moment on to another, and that one again, until the runtime gives up on them.
/// </summary>
internal struct Leaving
{
    private IGrainTimer? _timer;

    /// <summary>Lets the grain go in a moment, unless it stands for something by then.</summary>
    public void Soon(Grain grain, Func<bool> isNothing)
    {
        if (_timer is not null) return;
        IGrainTimer? timer = null;
        _timer = timer = grain.RegisterGrainTimer(
            _ =>
            {
                timer?.Dispose();
                if (isNothing()) ((IGrainBase)grain).DeactivateOnIdle();
                return Task.CompletedTask;
            },
            new GrainTimerCreationOptions(TimeSpan.FromMilliseconds(Limits.NothingStaysMs), Timeout.InfiniteTimeSpan) { Interleave = true });
    }
}
