using System.Buffers;
using System.Globalization;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Audit;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// One tenant's log: its segments, the last of which grows. <see cref="Append"/> is for the one writer thread; reads may come from
/// anywhere, once all segments are checked, and see what is durable.
/// </summary>
internal sealed class TenantAuditLog : IDisposable
{
    private readonly string _folder;
    private readonly DurableFiles _files;
    private readonly int _segmentBytesMax;
    private volatile AuditSegment[] _segments;
    private SafeFileHandle? _active;
    private volatile AuditDamagedException? _damage;
    private int _checkedCount;
    private bool _isTailSuspect;

    private TenantAuditLog(string folder, DurableFiles files, int segmentBytesMax, AuditSegment[] segments)
    {
        (_folder, _files, _segmentBytesMax, _segments) = (folder, files, segmentBytesMax, segments);
        UncheckedCount = Math.Max(0, segments.Length - 2);
    }

    /// <summary>The segments that were not read when the log was opened: <see cref="CheckSealed"/> has to have read them before anybody reads the log.</summary>
    public int UncheckedCount { get; }

    public long NextNumber => _segments is [.., var last] ? last.NextNumber : 1;

    /// <summary>
    /// Opens a log so far that it takes records: checks its last segment, behind which they go, and the one before, of which it is the continuation. How long
    /// that takes does not grow with the log. Makes the folder when there is none.
    /// </summary>
    /// <exception cref="AuditDamagedException">A record is not what was written, or a file is missing.</exception>
    public static TenantAuditLog Open(string folder, DurableFiles files, int segmentBytesMax)
    {
        if (!Directory.Exists(folder))
        {
            PrivateFolder.Ensure(folder);
            files.SyncFolder(Path.GetDirectoryName(folder)!);
        }
        var segments = Directory.GetFiles(folder, "*.log").Order(StringComparer.Ordinal).Select(path => new AuditSegment(path, NumberOf(path))).ToArray();
        var log = new TenantAuditLog(folder, files, segmentBytesMax, segments);
        if (segments.Length == 0) return log;
        log.RequireFrom(1, segments[0]);
        if (segments.Length > 1) log.CheckWithNext(segments.Length - 2, CancellationToken.None);
        log._isTailSuspect = log.Load(segments[^1], isLast: true, CancellationToken.None) > 0;
        return log;
    }

    /// <summary>
    /// Reads and checks every record of the segments that were not read when the log was opened, and that none is missing; goes on where an attempt before it
    /// had to stop. What is damaged is refused from then on, appends too.
    /// </summary>
    /// <exception cref="AuditDamagedException">A record is not what was written, or a file is missing.</exception>
    /// <exception cref="OperationCanceledException">It was asked to stop.</exception>
    public void CheckSealed(CancellationToken stop)
    {
        try
        {
            for (; _checkedCount < UncheckedCount; _checkedCount++) CheckWithNext(_checkedCount, stop);
        }
        catch (AuditDamagedException damage)
        {
            _damage = damage;
            throw;
        }
    }

    /// <summary>Appends payloads as one write and one sync, giving them their numbers; answers the first number.</summary>
    /// <exception cref="IOException">Nothing was appended.</exception>
    /// <exception cref="AuditDamagedException">A sealed segment was found damaged.</exception>
    public long Append(IReadOnlyList<byte[]> payloads)
    {
        if (_damage is { } damage) throw damage;
        var segment = Writable();
        var first = segment.NextNumber;
        var length = payloads.Sum(p => AuditFrame.HeaderBytes + p.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var frames = buffer.AsSpan(0, length);
            Fill(frames, payloads, first);
            _isTailSuspect = true;
            _files.Write(_active!, frames, segment.Length);
            _files.Sync(_active!);
            _isTailSuspect = false;
            segment.Publish(frames);
            return first;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryCutTail(segment);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public AuditRecord? Read(long number)
    {
        foreach (var segment in _segments)
        {
            if (number < segment.FirstNumber || number >= segment.NextNumber) continue;
            var at = segment.BlockOf(number);
            var block = segment.Block(at, out _, out _);
            return AuditPayload.Read(segment.ReadBlock(at)[(int)(number - block.FirstNumber)]);
        }
        return null;
    }

    public Page<AuditRecord> Find(AuditQuery query, PageRequest page, Predicate<AuditRecord>? shows = null) => new AuditScan(query, page, shows).Over(_segments);

    public void Dispose() => _active?.Dispose();

    private void CheckWithNext(int index, CancellationToken stop)
    {
        Load(_segments[index], isLast: false, stop);
        RequireFrom(_segments[index].NextNumber, _segments[index + 1]);
    }

    private long Load(AuditSegment segment, bool isLast, CancellationToken stop)
    {
        try
        {
            using var file = _files.OpenRead(segment.Path);
            return segment.Load(file, isLast, stop);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // It was there a moment ago: no trouble of the disk that may pass.
            throw new AuditDamagedException($"Audit log file {segment.Path} is missing");
        }
    }

    private void RequireFrom(long number, AuditSegment segment)
    {
        if (segment.FirstNumber != number)
            throw new AuditDamagedException($"Audit log folder {_folder}: records {number} to {segment.FirstNumber - 1} are missing before {segment.Path}");
    }

    private static void Fill(Span<byte> frames, IReadOnlyList<byte[]> payloads, long number)
    {
        foreach (var payload in payloads)
        {
            AuditPayload.SetNumber(payload, number++);
            AuditFrame.WriteHeader(frames, payload);
            payload.CopyTo(frames[AuditFrame.HeaderBytes..]);
            frames = frames[(AuditFrame.HeaderBytes + payload.Length)..];
        }
    }

    /// <summary>The segment that takes the next records: open, and ending in a whole durable record.</summary>
    private AuditSegment Writable()
    {
        var last = _segments is [.., var end] ? end : null;
        if (last is not null)
        {
            _active ??= File.OpenHandle(last.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (_isTailSuspect) CutTail(last);
            if (last.Length < _segmentBytesMax) return last;
        }
        var first = last?.NextNumber ?? 1;
        var next = new AuditSegment(Path.Combine(_folder, AuditSegment.FileName(first)), first);
        var file = _files.Create(next.Path);
        try
        {
            _files.SyncFolder(_folder);
        }
        catch (IOException)
        {
            file.Dispose();
            File.Delete(next.Path);
            throw;
        }
        _active?.Dispose();
        _active = file;
        _segments = [.. _segments, next];
        return next;
    }

    /// <summary>
    /// Takes back what a failed write left. After a failed sync the pages count as clean although they may never have reached the
    /// disk, so they are cut away and written anew, not synced again.
    /// </summary>
    private void CutTail(AuditSegment segment)
    {
        _files.SetLength(_active!, segment.Length);
        _files.Sync(_active!);
        _isTailSuspect = false;
    }

    // What cannot be cut now is cut before the next append; until then the log takes none.
    private void TryCutTail(AuditSegment segment)
    {
        try
        {
            CutTail(segment);
        }
        catch (IOException)
        {
            _isTailSuspect = true;
        }
    }

    private static long NumberOf(string path) =>
        long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new AuditDamagedException($"Audit log file {path} has no record number for a name");
}
