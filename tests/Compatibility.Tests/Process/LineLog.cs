namespace Bailiwick.Compatibility.Tests;

/// <summary>What a process wrote, line by line, and a way to wait for a line that has come or will come.</summary>
public sealed class LineLog
{
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private TaskCompletionSource _changed = NewChange();
    private bool _ended;

    /// <summary>The lines so far.</summary>
    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock) return [.. _lines];
        }
    }

    /// <summary>The lines so far, as one text.</summary>
    public string Text => string.Join('\n', Lines);

    /// <summary>The first line that is as wanted; null when the writer ended without one.</summary>
    /// <exception cref="TimeoutException">Neither came in time; the message says what was awaited.</exception>
    public async Task<string?> FindAsync(Func<string, bool> isWanted, string awaited, TimeSpan timeout)
    {
        var giveUp = Task.Delay(timeout);
        for (var next = 0; ;)
        {
            Task changed;
            lock (_lock)
            {
                for (; next < _lines.Count; next++)
                    if (isWanted(_lines[next]))
                        return _lines[next];
                if (_ended) return null;
                changed = _changed.Task;
            }

            if (await Task.WhenAny(changed, giveUp) == giveUp) throw new TimeoutException($"Awaited {awaited} for {timeout}. So far: {Text}");
        }
    }

    /// <summary>Takes a line; null is the end.</summary>
    internal void Add(string? line)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (line is null) _ended = true;
            else _lines.Add(line);
            (changed, _changed) = (_changed, NewChange());
        }

        changed.SetResult();
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
