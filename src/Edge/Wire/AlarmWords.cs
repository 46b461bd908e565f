using Bailiwick.Grains.Abstractions.Telemetry;

namespace Bailiwick.Edge.Wire;

/// <summary>The words of one enumeration as the interface spells them: its members in upper case, without the one that stands for none.</summary>
internal sealed class AlarmWords<T> where T : struct, Enum
{
    private readonly Dictionary<string, T> _byWord =
        Enum.GetValues<T>().Where(value => !value.Equals(default(T))).ToDictionary(value => value.ToString().ToUpperInvariant(), StringComparer.Ordinal);

    /// <summary>All words, for refusals.</summary>
    public string All => string.Join(", ", _byWord.Keys);

    public T? Find(string word) => _byWord.TryGetValue(word, out var value) ? value : null;

    public string Of(T value) => _byWord.First(pair => pair.Value.Equals(value)).Key;

    /// <summary>The word of a document, or null when it is absent.</summary>
    public T? In(JsonBody body, string name)
    {
        if (body.Text(name) is not { } word) return null;
        return Find(word) ?? throw body.Invalid($"{name} must be one of {All}, and not '{Said.Short(word)}'.");
    }
}

internal static class AlarmWords
{
    public static readonly AlarmWords<AlarmSeverity> Severities = new();
    public static readonly AlarmWords<AlarmStatus> Statuses = new();
}
