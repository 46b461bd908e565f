using System.Runtime.InteropServices;

namespace Bailiwick.Compatibility.Tests.Durability;

/// <summary>
/// A volume of its own in memory, so small that a test can fill it. It takes the right to mount: that of root, as <c>./dev test</c> has
/// where it installs packages. Others can run the tests in a user namespace of their own (<c>unshare --user --map-root-user --mount</c>).
/// </summary>
internal sealed class SmallVolume : IDisposable
{
    private const int LazyUnmount = 2;
    private readonly TemporaryFolder _folder = new();

    public SmallVolume(int megabytes)
    {
        Directory.CreateDirectory(Path);
        if (Mount("bailiwick-test", Path, "tmpfs", 0, $"size={megabytes}m,mode=0700") == 0) return;
        var error = Marshal.GetLastPInvokeError();
        _folder.Dispose();
        Assert.Skip(
            $"This test needs a small volume and may not mount one (error {error}). Run it as root, or in a namespace: unshare --user --map-root-user --mount ./dev test DiskFullTests");
    }

    public string Path => _folder["volume"];

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    private long FreeBytes => new DriveInfo(Path).AvailableFreeSpace;

    /// <summary>Takes room until this much is left, in bytes.</summary>
    public void Fill(long leaving)
    {
        using var file = new FileStream(Ballast, FileMode.Append);
        var block = new byte[1 << 16];
        try
        {
            for (var rest = FreeBytes - leaving; rest > 0; rest -= block.Length) file.Write(block, 0, (int)Math.Min(rest, block.Length));
            file.Flush();
        }
        catch (IOException) when (FreeBytes < block.Length)
        {
            // The server wrote meanwhile: it is full all the same.
        }
    }

    /// <summary>Gives the room back.</summary>
    public void Free() => File.Delete(Ballast);

    public void Dispose()
    {
        _ = Unmount(Path, LazyUnmount);
        _folder.Dispose();
    }

    [DllImport("libc", EntryPoint = "mount", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int Mount(string source, string target, string type, nuint flags, string data);

    [DllImport("libc", EntryPoint = "umount2", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern int Unmount(string target, int flags);
}
