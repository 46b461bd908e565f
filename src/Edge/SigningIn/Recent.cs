namespace Bailiwick.Edge.SigningIn;

/// <summary>
/// A bounded memory of what was used last. It keeps two generations: when the young one is full it becomes the old one, and what was
/// not used since is forgotten. So each operation costs the same whatever the size, and what is in use stays. Not thread-safe.
/// </summary>
internal sealed class Recent<TKey, TValue>(int countMax) where TKey : notnull
{
    private readonly int _youngMax = Math.Max(1, countMax / 2);
    private Dictionary<TKey, TValue> _young = [];
    private Dictionary<TKey, TValue> _old = [];

    /// <summary>At most the bound given; what was overwritten may count twice.</summary>
    public int Count => _young.Count + _old.Count;

    public bool TryGet(TKey key, out TValue value)
    {
        if (_young.TryGetValue(key, out value!)) return true;
        if (!_old.Remove(key, out value!)) return false;
        Set(key, value);
        return true;
    }

    public void Set(TKey key, TValue value)
    {
        if (_young.Count >= _youngMax && !_young.ContainsKey(key)) (_old, _young) = (_young, []);
        _old.Remove(key);
        _young[key] = value;
    }

    public void Remove(TKey key)
    {
        _young.Remove(key);
        _old.Remove(key);
    }

    public void RemoveWhere(Func<TKey, bool> isGone)
    {
        foreach (var generation in (Dictionary<TKey, TValue>[])[_young, _old])
            foreach (var key in generation.Keys.Where(isGone).ToList())
                generation.Remove(key);
    }

    public void Clear()
    {
        _young.Clear();
        _old.Clear();
    }
}
