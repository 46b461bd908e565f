using Bailiwick.Grains.Abstractions;

namespace Bailiwick.Silo.Embedded;

/// <summary>How much room a volume has, in bytes.</summary>
internal readonly record struct DiskRoom(long FreeBytes, long TotalBytes);

/// <summary>Asks the volume that holds a folder for its room; a seam so that tests can fill a disk.</summary>
internal interface IDiskSpace
{
    DiskRoom Measure(string folder);
}

/// <summary>The real volume.</summary>
internal sealed class VolumeSpace : IDiskSpace
{
    public DiskRoom Measure(string folder)
    {
        var drive = new DriveInfo(folder);
        return new DiskRoom(drive.AvailableFreeSpace, drive.TotalSize);
    }
}

/// <summary>
/// Refuses work while the volume's room is at the reserve, so that the stores never meet a full disk half-way through a write.
/// It asks the volume at most every <see cref="Limits.DiskCheckMs"/> and counts what it admitted since; it recovers by itself.
/// </summary>
internal sealed class DiskGuard(string folder, IDiskSpace space, TimeProvider clock, long reserveBytes)
{
    private readonly Lock _lock = new();
    private long _measuredAt;
    private bool _isMeasured;
    private long _roomBytes;
    private long _reserveBytes;
    private long _freeBytes;

    /// <summary>False when writing this many bytes would eat into the reserve. A row is counted twice: once in the log, once in its file.</summary>
    public bool Admits(long bytes)
    {
        lock (_lock)
        {
            if (IsOld || _roomBytes < 2 * bytes) Measure();
            if (_roomBytes < 2 * bytes) return false;
            _roomBytes -= 2 * bytes;
            return true;
        }
    }

    /// <summary>Whether this much would be admitted now; nothing is counted.</summary>
    public bool HasRoom(long bytes)
    {
        lock (_lock)
        {
            if (IsOld) Measure();
            return _roomBytes >= 2 * bytes;
        }
    }

    /// <summary>
    /// The same for removing things, which is how room is made: it may take half of the reserve, so that the store still never meets a
    /// full disk.
    /// </summary>
    public bool AdmitsRemoval(long bytes)
    {
        lock (_lock)
        {
            if (IsOld) Measure();
            if (_roomBytes + _reserveBytes / 2 < 2 * bytes) return false;
            _roomBytes -= 2 * bytes;
            return true;
        }
    }

    /// <summary>The refusal for work that was not admitted.</summary>
    public Refusal Refused() => Refusal.StorageUnavailable($"The disk of {folder} is full: {_freeBytes >> 20} MiB are left, which is the reserve");

    private bool IsOld => !_isMeasured || clock.GetElapsedTime(_measuredAt).TotalMilliseconds >= Limits.DiskCheckMs;

    private void Measure()
    {
        var room = space.Measure(folder);
        _freeBytes = room.FreeBytes;
        _reserveBytes = Math.Min(reserveBytes, room.TotalBytes / Limits.DiskReserveShareOfVolume);
        _roomBytes = room.FreeBytes - _reserveBytes;
        _measuredAt = clock.GetTimestamp();
        _isMeasured = true;
    }
}
