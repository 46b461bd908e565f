using System.Buffers.Binary;
using RocksDbSharp;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Ascending object ids, as every index row gives them. Filters combine by <see cref="Both"/> and <see cref="Either"/>, which leap
/// from candidate to candidate, so a page is found, skipped to and counted on index rows alone.
/// </summary>
internal abstract class ObjectIds : IDisposable
{
    public const long End = long.MaxValue;

    /// <summary>The first id that is not below <paramref name="atLeast"/>, or <see cref="End"/>. Never asked for less than before.</summary>
    public abstract long Seek(long atLeast);

    public abstract void Dispose();

    /// <summary>The ids at the end of all keys that begin with <paramref name="prefix"/>.</summary>
    /// <param name="isToldThere">Says of an id whether something read already tells that there is a row of it; null where nothing does.</param>
    public static ObjectIds Rows(RocksSession session, Family family, byte[] prefix, Snapshot snapshot, Predicate<long>? isToldThere = null) =>
        new RowIds(session, family, prefix, snapshot, isToldThere);

    public static ObjectIds Of(IEnumerable<long> ids) => new ListedIds([.. ids.Distinct().Order()]);

    public static ObjectIds Both(IReadOnlyList<ObjectIds> all) => all.Count == 1 ? all[0] : new CommonIds([.. all]);

    public static ObjectIds Either(IReadOnlyList<ObjectIds> any) => any.Count == 1 ? any[0] : new MergedIds([.. any]);

    /// <summary>Those that a test admits.</summary>
    public static ObjectIds Where(ObjectIds ids, Predicate<long> admits) => new TestedIds(ids, admits);

    private sealed class RowIds(RocksSession session, Family family, byte[] prefix, Snapshot snapshot, Predicate<long>? isToldThere) : ObjectIds
    {
        // Neighbours are cheaper to step to than to seek.
        private const int StepsMax = 4;

        private readonly Cursor _cursor = Cursor.Over(session, family, prefix, snapshot);
        private readonly byte[] _key = [.. prefix, 0, 0, 0, 0, 0, 0, 0, 0];
        private ReadOptions? _options;
        private long _current;
        private bool _isCursorThere;
        private bool _wasFar;
        private bool _wasTold = true;

        public override long Seek(long atLeast)
        {
            if (_current > 0 && _current >= atLeast) return _current;
            var leaps = _wasFar && atLeast - _current > StepsMax;
            var steps = !_isCursorThere ? 0 : leaps ? 1 : StepsMax;
            while (_current < atLeast && steps-- > 0) _current = Id(_cursor.Next());
            if (_isCursorThere && _current >= atLeast)
            {
                _wasFar = false;
                return _current;
            }
            BinaryPrimitives.WriteInt64BigEndian(_key.AsSpan(prefix.Length), atLeast);
            // Who leaps again and again comes from another run, and mostly finds the row that it asks for: to look one up is cheaper than to seek it.
            if (leaps && (IsTold(atLeast) || IsThere()))
            {
                _isCursorThere = false;
                return _current = atLeast;
            }
            (_wasFar, _isCursorThere) = (true, true);
            return _current = Id(_cursor.Seek(_key));
        }

        public override void Dispose() => _cursor.Dispose();

        // What tells is asked again only once a row was there: where most are not, it is the dearer question.
        private bool IsTold(long id) => isToldThere is not null && _wasTold && (_wasTold = isToldThere(id));

        private bool IsThere()
        {
            var isThere = session.Has(family, _key, _options ??= new ReadOptions().SetSnapshot(snapshot));
            GC.KeepAlive(_options);
            _wasTold |= isThere;
            return isThere;
        }

        private long Id(bool isThere) => isThere ? BinaryPrimitives.ReadInt64BigEndian(_cursor.Key[^8..]) : End;
    }

    private sealed class ListedIds(long[] ids) : ObjectIds
    {
        private int _at;

        public override long Seek(long atLeast)
        {
            while (_at < ids.Length && ids[_at] < atLeast) _at++;
            return _at < ids.Length ? ids[_at] : End;
        }

        public override void Dispose()
        {
        }
    }

    private sealed class CommonIds(ObjectIds[] all) : ObjectIds
    {
        public override long Seek(long atLeast)
        {
            var candidate = atLeast;
            for (var agreed = 0; agreed < all.Length;)
            {
                agreed = 0;
                foreach (var ids in all)
                {
                    var id = ids.Seek(candidate);
                    if (id == End) return End;
                    if (id != candidate)
                    {
                        candidate = id;
                        break;
                    }
                    agreed++;
                }
            }
            return candidate;
        }

        public override void Dispose()
        {
            foreach (var ids in all) ids.Dispose();
        }
    }

    private sealed class MergedIds(ObjectIds[] any) : ObjectIds
    {
        public override long Seek(long atLeast)
        {
            var lowest = End;
            foreach (var ids in any) lowest = Math.Min(lowest, ids.Seek(atLeast));
            return lowest;
        }

        public override void Dispose()
        {
            foreach (var ids in any) ids.Dispose();
        }
    }

    private sealed class TestedIds(ObjectIds ids, Predicate<long> admits) : ObjectIds
    {
        private long _current;

        public override long Seek(long atLeast)
        {
            if (_current >= atLeast && _current > 0) return _current;
            var id = ids.Seek(atLeast);
            while (id != End && !admits(id)) id = ids.Seek(id + 1);
            return _current = id;
        }

        public override void Dispose() => ids.Dispose();
    }
}
