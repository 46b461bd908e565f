using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bailiwick.Silo.Embedded;

/// <summary>
/// The file operations whose order makes the audit log durable; a seam, so that tests can watch that order and fail any of them.
/// All throw <see cref="IOException"/>.
/// </summary>
internal partial class DurableFiles
{
    /// <summary>An empty file. One that stands there already is of a start that failed and holds nothing that was answered.</summary>
    public virtual SafeFileHandle Create(string path) =>
        File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);

    /// <summary>A segment, to be read while it may grow.</summary>
    public virtual SafeFileHandle OpenRead(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    public virtual void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(file, bytes, offset);

    /// <summary>Returns when what was written is on disk.</summary>
    public virtual void Sync(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    public virtual void SetLength(SafeFileHandle file, long length) => RandomAccess.SetLength(file, length);

    /// <summary>Makes the names in a folder durable: a new file survives a power cut only after this.</summary>
    public virtual void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var file = Native.Open(folder, 0);
        if (file < 0) throw Failed("open", folder);
        var result = Native.Fsync(file);
        var failure = result < 0 ? Failed("fsync", folder) : null;
        _ = Native.Close(file);
        if (failure is not null) throw failure;
    }

    /// <summary>Fills the span from the file, or says that the file is shorter than it was.</summary>
    public static Span<byte> ReadWhole(SafeFileHandle file, Span<byte> to, long offset, string path)
    {
        for (var filled = 0; filled < to.Length;)
        {
            var count = RandomAccess.Read(file, to[filled..], offset + filled);
            if (count == 0) throw new EndOfStreamException($"{path} became shorter while it was read");
            filled += count;
        }
        return to;
    }

    private static IOException Failed(string call, string folder) =>
        new($"{call} of folder {folder} failed", new Win32Exception(Marshal.GetLastPInvokeError()));

    private static partial class Native
    {
        [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        public static partial int Open(string path, int flags);

        [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
        public static partial int Fsync(int file);

        [LibraryImport("libc", EntryPoint = "close")]
        public static partial int Close(int file);
    }
}
