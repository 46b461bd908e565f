using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// Cuts a page out of a log, block by block from either end. Blocks outside the dates are passed over unread, and so are
/// blocks that only have to be counted.
/// </summary>
internal sealed class AuditScan(AuditQuery query, PageRequest page, Predicate<AuditRecord>? shows)
{
    private readonly long _fromTicks = query.From?.UtcTicks ?? long.MinValue;
    private readonly long _toTicks = query.To?.UtcTicks ?? long.MaxValue;
    private readonly bool _isByKeyAlone = shows is null && !(query.Type is not null || query.User is not null || query.Application is not null || query.Source is not null);
    private readonly List<AuditRecord> _items = [];
    private readonly long _last = page.Skip + page.Size;
    private long _found;

    public Page<AuditRecord> Over(AuditSegment[] segments)
    {
        for (var s = 0; s < segments.Length && !IsDone; s++)
        {
            var segment = segments[query.OldestFirst ? s : segments.Length - 1 - s];
            var count = segment.BlockCount;
            for (var b = 0; b < count && !IsDone; b++) Visit(segment, query.OldestFirst ? b : count - 1 - b);
        }
        return new Page<AuditRecord>(_items, _found > _last, page.WithTotal ? _found : null);
    }

    private bool IsDone => !page.WithTotal && _found > _last;

    private void Visit(AuditSegment segment, int index)
    {
        var block = segment.Block(index, out var endNumber, out _);
        if (block.MaxTicks < _fromTicks || block.MinTicks > _toTicks) return;
        var count = endNumber - block.FirstNumber;
        var isAllIn = _isByKeyAlone && block.MinTicks >= _fromTicks && block.MaxTicks <= _toTicks;
        if (isAllIn && (_found + count <= page.Skip || _found >= _last))
        {
            _found += count;
            return;
        }
        var payloads = segment.ReadBlock(index);
        if (!query.OldestFirst) payloads.Reverse();
        foreach (var payload in payloads)
        {
            if (Admitted(payload) is not { } record) continue;
            if (_found >= page.Skip && _found < _last) _items.Add(record);
            _found++;
            if (IsDone) return;
        }
    }

    private AuditRecord? Admitted(byte[] payload)
    {
        var ticks = AuditPayload.TimeTicks(payload);
        if (ticks < _fromTicks || ticks > _toTicks) return null;
        var record = AuditPayload.Read(payload);
        return Fits(query.Type, record.Type) && Fits(query.User, record.User) && Fits(query.Application, record.Application)
            && Fits(query.Source, record.Source) && shows?.Invoke(record) != false
            ? record
            : null;
    }

    private static bool Fits(string? wanted, string? value) => wanted is null || wanted == value;
}
