namespace Bailiwick.Silo.Health;

/// <summary>
/// What keeps this process from its work, told by the parts themselves: each part has one word, and at most one reason at
/// a time. Reasons are shown to anyone who asks, so they are fixed sentences without names, paths or data.
/// </summary>
internal sealed class Readiness
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (string Reason, bool ForGood)> _faults = new(StringComparer.Ordinal);

    /// <summary>The reasons not to send it work, each as <c>part: reason</c>; empty when ready.</summary>
    public IReadOnlyList<string> Faults => Select(forGood: false);

    /// <summary>The reasons for which only a new process can help; empty while this one can.</summary>
    public IReadOnlyList<string> Deaths => Select(forGood: true);

    /// <summary>The part cannot do its work now; traffic should go elsewhere until it reports <see cref="Recovered"/>.</summary>
    public void Failed(string part, string reason) => Set(part, reason, forGood: false);

    /// <summary>The part will never work again in this process: the live probe fails too, and the process should be replaced.</summary>
    public void Died(string part, string reason) => Set(part, reason, forGood: true);

    /// <summary>The part does its work again; one that died cannot.</summary>
    public void Recovered(string part)
    {
        lock (_lock)
            if (!IsDead(part))
                _faults.Remove(part);
    }

    private void Set(string part, string reason, bool forGood)
    {
        lock (_lock)
            if (!IsDead(part))
                _faults[part] = (reason, forGood);
    }

    private bool IsDead(string part) => _faults.TryGetValue(part, out var fault) && fault.ForGood;

    private List<string> Select(bool forGood)
    {
        lock (_lock)
            return [.. _faults.Where(fault => fault.Value.ForGood || !forGood).Select(fault => $"{fault.Key}: {fault.Value.Reason}")];
    }
}
