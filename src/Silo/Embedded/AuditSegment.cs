using System.Buffers;
using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.Silo.Embedded;

/// <summary>A log that does not hold what was written to it. The message names file and offset.</summary>
internal sealed class AuditDamagedException(string message) : Exception(message);

/// <summary>Where a run of records of one segment lies, and between which of their own times they are.</summary>
internal readonly record struct AuditBlock(long FirstNumber, long Offset, long MinTicks, long MaxTicks);

/// <summary>
/// One file of a tenant's log and its sparse index in memory. Only the log's writer adds to it; readers see what is durable. The file is
/// named after its first record.
/// </summary>
internal sealed class AuditSegment(string path, long firstNumber)
{
    private const int BlockBytes = 1 << 20;

    private readonly Lock _lock = new();
    private readonly List<AuditBlock> _blocks = [];
    private long _count;
    private long _length;

    public string Path => path;

    public long FirstNumber => firstNumber;

    public long NextNumber { get { lock (_lock) return firstNumber + _count; } }

    /// <summary>Bytes that hold whole, durable records.</summary>
    public long Length { get { lock (_lock) return _length; } }

    public int BlockCount { get { lock (_lock) return _blocks.Count; } }

    public static string FileName(long firstNumber) => firstNumber.ToString("D20", CultureInfo.InvariantCulture) + ".log";

    /// <summary>A block, the number after its last record, and the offset of its end.</summary>
    public AuditBlock Block(int index, out long endNumber, out long endOffset)
    {
        lock (_lock)
        {
            var isLast = index == _blocks.Count - 1;
            endNumber = isLast ? firstNumber + _count : _blocks[index + 1].FirstNumber;
            endOffset = isLast ? _length : _blocks[index + 1].Offset;
            return _blocks[index];
        }
    }

    /// <summary>The block that holds a record of this segment.</summary>
    public int BlockOf(long number)
    {
        lock (_lock)
        {
            var (low, high) = (0, _blocks.Count - 1);
            while (low < high)
            {
                var middle = (low + high + 1) / 2;
                if (_blocks[middle].FirstNumber <= number) low = middle;
                else high = middle - 1;
            }
            return low;
        }
    }

    /// <summary>Takes durable frames into the index.</summary>
    public void Publish(ReadOnlySpan<byte> frames)
    {
        lock (_lock)
            while (!frames.IsEmpty)
            {
                var payload = frames.Slice(AuditFrame.HeaderBytes, AuditFrame.PayloadLength(frames));
                Add(payload);
                frames = frames[(AuditFrame.HeaderBytes + payload.Length)..];
            }
    }

    /// <summary>
    /// Reads the whole file in pieces, checks every record and builds the index. Answers how many bytes at the end of the last segment are
    /// what a crash left of a write that was never acknowledged. What an earlier attempt came to is forgotten.
    /// </summary>
    /// <exception cref="AuditDamagedException">A record is not what was written.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public long Load(SafeFileHandle file, bool isLast, CancellationToken stop = default)
    {
        Forget();
        var size = RandomAccess.GetLength(file);
        // Piece by piece, in a buffer of its own: what is pooled once stays, and a log is read once.
        var buffer = new byte[Math.Min(size, BlockBytes)];
        var (read, held) = (0L, 0);
        while (true)
        {
            stop.ThrowIfCancellationRequested();
            var count = (int)Math.Min(buffer.Length - held, size - read);
            DurableFiles.ReadWhole(file, buffer.AsSpan(held, count), read, path);
            (read, held) = (read + count, held + count);
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, held);
            while (TakeFrame(ref rest, out var frame)) Add(Checked(frame));
            if (read == size || !MayGoOn(rest))
            {
                if (_length < size) RequireTorn(file, size, isLast);
                return size - _length;
            }
            var frameBytes = rest.Length < AuditFrame.HeaderBytes ? AuditFrame.HeaderBytes : AuditFrame.HeaderBytes + AuditFrame.PayloadLength(rest);
            var next = frameBytes > buffer.Length ? new byte[frameBytes] : buffer;
            rest.CopyTo(next);
            (buffer, held) = (next, rest.Length);
        }
    }

    /// <summary>The payloads of one block in order, each checked.</summary>
    public List<byte[]> ReadBlock(int index)
    {
        var block = Block(index, out var endNumber, out var endOffset);
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var buffer = ArrayPool<byte>.Shared.Rent((int)(endOffset - block.Offset));
        try
        {
            ReadOnlySpan<byte> rest = DurableFiles.ReadWhole(file, buffer.AsSpan(0, (int)(endOffset - block.Offset)), block.Offset, path);
            var payloads = new List<byte[]>();
            while (TakeFrame(ref rest, out var frame))
            {
                var payload = frame[AuditFrame.HeaderBytes..];
                if (!AuditFrame.IsWhole(frame, payload)) break;
                payloads.Add(payload.ToArray());
            }
            if (payloads.Count != endNumber - block.FirstNumber)
                throw new AuditDamagedException($"Audit log file {path} is damaged: record {block.FirstNumber + payloads.Count} is not what was written");
            return payloads;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Forget()
    {
        lock (_lock)
        {
            _blocks.Clear();
            (_count, _length) = (0, 0);
        }
    }

    /// <summary>Whether what follows can be a frame whose end was not read yet.</summary>
    private static bool MayGoOn(ReadOnlySpan<byte> rest) => rest.Length < AuditFrame.HeaderBytes || AuditFrame.PayloadLength(rest) >= 0;

    private static bool TakeFrame(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        if (rest.Length < AuditFrame.HeaderBytes) return false;
        var payload = AuditFrame.PayloadLength(rest);
        if (payload < 0 || AuditFrame.HeaderBytes + payload > rest.Length) return false;
        frame = rest[..(AuditFrame.HeaderBytes + payload)];
        rest = rest[frame.Length..];
        return true;
    }

    private ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> frame)
    {
        var payload = frame[AuditFrame.HeaderBytes..];
        if (!AuditFrame.IsWhole(frame, payload)) throw Damaged("a record does not agree with its checksum");
        var number = AuditPayload.Number(payload);
        if (number != firstNumber + _count) throw Damaged($"record {number} stands where {firstNumber + _count} should");
        return payload;
    }

    // What a crash can leave is a beginning of a record, or zeros where the file grew before its bytes came. Anything else was
    // there whole once and is not now.
    private void RequireTorn(SafeFileHandle file, long size, bool isLast)
    {
        if (!isLast) throw Damaged("a sealed segment ends within a record");
        if (size - _length < AuditFrame.HeaderBytes || IsZero(file, size)) return;
        Span<byte> header = stackalloc byte[AuditFrame.HeaderBytes];
        if (AuditFrame.PayloadLength(DurableFiles.ReadWhole(file, header, _length, path)) < 0) throw Damaged("a record's length is damaged");
        // The beginning of one frame, hence no longer than one.
        ReadOnlySpan<byte> rest = DurableFiles.ReadWhole(file, new byte[size - _length], _length, path);
        for (var at = 1; at + AuditFrame.HeaderBytes + AuditPayload.BytesMin <= rest.Length; at++)
        {
            var length = AuditFrame.PayloadLength(rest[at..]);
            if (length > 0 && at + AuditFrame.HeaderBytes + length <= rest.Length
                && AuditFrame.IsWhole(rest[at..], rest.Slice(at + AuditFrame.HeaderBytes, length)))
                throw Damaged("a record that ends beyond the file is followed by whole ones");
        }
    }

    /// <summary>Whether the file holds nothing but zeros behind its last whole record.</summary>
    private bool IsZero(SafeFileHandle file, long size)
    {
        var piece = new byte[Math.Min(size - _length, BlockBytes)];
        for (var at = _length; at < size;)
        {
            var some = piece.AsSpan(0, (int)Math.Min(piece.Length, size - at));
            if (DurableFiles.ReadWhole(file, some, at, path).ContainsAnyExcept((byte)0)) return false;
            at += some.Length;
        }
        return true;
    }

    private AuditDamagedException Damaged(string why) => new($"Audit log file {path} is damaged at offset {_length}: {why}");

    private void Add(ReadOnlySpan<byte> payload)
    {
        var number = firstNumber + _count;
        var ticks = AuditPayload.TimeTicks(payload);
        if (_blocks.Count == 0 || number - _blocks[^1].FirstNumber >= Limits.AuditRecordsPerIndexEntry || _length - _blocks[^1].Offset >= BlockBytes)
            _blocks.Add(new AuditBlock(number, _length, ticks, ticks));
        else
            _blocks[^1] = _blocks[^1] with { MinTicks = Math.Min(_blocks[^1].MinTicks, ticks), MaxTicks = Math.Max(_blocks[^1].MaxTicks, ticks) };
        _count++;
        _length += AuditFrame.HeaderBytes + payload.Length;
    }
}
