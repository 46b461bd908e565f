using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Puts and deletes that go in together or not at all. They are spelled out before they are queued, so that nothing that a
/// caller got wrong can fail within another's batch.
/// </summary>
internal sealed class StoreChange
{
    private readonly record struct Step(Family Family, byte[] Key, byte[]? Value, byte[]? EndOfRange);

    private readonly List<Step> _steps = [];

    /// <summary>About what it weighs in the log.</summary>
    public long Bytes { get; private set; }

    public int Count => _steps.Count;

    /// <summary>Whether it only takes away.</summary>
    public bool IsRemoval { get; private set; } = true;

    /// <summary>Whether it changes what hangs where (<see cref="KnownReach"/>).</summary>
    public bool MovesLinks { get; private set; }

    public StoreChange Put(Family family, byte[] key, byte[] value) => Add(new Step(family, key, value, null));

    public StoreChange Delete(Family family, byte[] key) => Add(new Step(family, key, null, null));

    /// <summary>Deletes all keys from <paramref name="from"/> (inclusive) to <paramref name="to"/> (exclusive).</summary>
    public StoreChange DeleteRange(Family family, byte[] from, byte[] to) => Add(new Step(family, from, null, to));

    public void AddTo(RocksSession session, WriteBatch batch)
    {
        foreach (var step in _steps)
        {
            var family = session[step.Family];
            if (step.Value is not null) batch.Put(step.Key.AsSpan(), step.Value.AsSpan(), family);
            else if (step.EndOfRange is not null)
                batch.DeleteRange(step.Key, (ulong)step.Key.Length, step.EndOfRange, (ulong)step.EndOfRange.Length, family);
            else batch.Delete(step.Key.AsSpan(), family);
        }
    }

    private StoreChange Add(in Step step)
    {
        _steps.Add(step);
        IsRemoval &= step.Value is null;
        MovesLinks |= step.Family == Family.Links;
        Bytes += step.Key.Length + (step.Value?.Length ?? 0) + (step.EndOfRange?.Length ?? 0) + 16;
        return this;
    }
}
