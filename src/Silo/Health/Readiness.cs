using System.Collections.Concurrent;

namespace Bailiwick.Silo.Health;

/// <summary>
/// What keeps this process from its work, told by the parts themselves: each part has one word, and at most one reason at
/// a time. Reasons are shown to anyone who asks, so they are fixed sentences without names, paths or data.
/// </summary>
internal sealed class Readiness
{
    private readonly ConcurrentDictionary<string, string> _faults = new(StringComparer.Ordinal);
    private volatile string? _deathCause;

    /// <summary>The reasons, each as <c>part: reason</c>, in the order of the parts' names; empty when ready.</summary>
    public IReadOnlyList<string> Faults => [.. _faults.OrderBy(fault => fault.Key, StringComparer.Ordinal).Select(fault => $"{fault.Key}: {fault.Value}")];

    /// <summary>Why only a new process can help; null while this one can.</summary>
    public string? DeathCause => _deathCause;

    /// <summary>The part cannot do its work now; traffic should go elsewhere until it reports <see cref="Recovered"/>.</summary>
    public void Failed(string part, string reason) => _faults[part] = reason;

    /// <summary>The part does its work again.</summary>
    public void Recovered(string part) => _faults.TryRemove(part, out _);

    /// <summary>The part will never work again in this process: the live probe fails too, and the process should be replaced.</summary>
    public void Died(string part, string reason)
    {
        Failed(part, reason);
        _deathCause = $"{part}: {reason}";
    }
}
