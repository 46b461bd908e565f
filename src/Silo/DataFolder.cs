using System.Runtime.InteropServices;
using Bailiwick.Silo.Settings;

namespace Bailiwick.Silo;

/// <summary>
/// The folder of the embedded store and the local keys, held by one process at a time: the lock file in it is taken
/// when it is opened and let go when the process ends, however it ends.
/// </summary>
internal sealed partial class DataFolder : IDisposable
{
    private const string LockName = "bailiwick.lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly FileStream _lock;

    private DataFolder(string path, FileStream heldLock) => (Path, _lock) = (path, heldLock);

    /// <summary>The absolute path.</summary>
    public string Path { get; }

    /// <summary>Makes the folder when it is missing (mode 0700) and takes it for this process.</summary>
    /// <exception cref="BadSettingException">It cannot be made, entered or written, or another process holds it.</exception>
    public static DataFolder Open(StorageSettings storage)
    {
        try
        {
            Directory.CreateDirectory(storage.Path, OwnerOnly);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Bad(storage, File.Exists(storage.Path) ? "is a file" : "cannot be created", fault);
        }

        return new(storage.Path, TakeLock(storage, FileMode.OpenOrCreate, FileAccess.ReadWrite));
    }

    /// <summary>Says what <see cref="Open"/> would do, and touches nothing.</summary>
    /// <exception cref="BadSettingException">As <see cref="Open"/> would.</exception>
    public static string Inspect(StorageSettings storage)
    {
        if (File.Exists(storage.Path)) throw Bad(storage, "is a file");
        if (!Directory.Exists(storage.Path))
        {
            var parent = System.IO.Path.GetDirectoryName(storage.Path);
            while (parent is not null && !Directory.Exists(parent) && !File.Exists(parent)) parent = System.IO.Path.GetDirectoryName(parent);
            return parent is not null && Directory.Exists(parent) && MayWrite(parent)
                ? $"would create {storage.Path} (mode 0700)"
                : throw Bad(storage, "cannot be created");
        }

        if (!MayWrite(storage.Path)) throw Bad(storage, "cannot be written");
        if (File.Exists(System.IO.Path.Combine(storage.Path, LockName))) TakeLock(storage, FileMode.Open, FileAccess.Read).Dispose();
        return $"would use {storage.Path}";
    }

    public void Dispose() => _lock.Dispose();

    private static FileStream TakeLock(StorageSettings storage, FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None };
        if (mode != FileMode.Open) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            return new FileStream(System.IO.Path.Combine(storage.Path, LockName), options);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw Bad(storage, "cannot be written", fault);
        }
        catch (IOException fault)
        {
            throw Bad(storage, "is in use by another process", fault);
        }
    }

    private static BadSettingException Bad(StorageSettings storage, string fault, Exception? cause = null) =>
        BadSettingException.Of(SettingsTable.StoragePath, storage.Path, fault, cause: cause);

    private static bool MayWrite(string folder)
    {
        const int writeAndEnter = 2 | 1;
        return Access(folder, writeAndEnter) == 0;
    }

    // The class library can only find out by writing.
    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
