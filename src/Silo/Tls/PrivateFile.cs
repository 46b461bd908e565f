namespace Bailiwick.Silo.Tls;

/// <summary>Writes a file that is either there in whole or not at all, whatever happens in between.</summary>
internal static class PrivateFile
{
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>
    /// Replaces the file: the text goes to a neighbour, is flushed to the disk and takes the name in one step. What a
    /// crash leaves of the neighbour, the next write replaces.
    /// </summary>
    public static void Write(string path, string text, UnixFileMode mode)
    {
        var neighbour = $"{path}.new";
        // A leftover would keep its own mode.
        File.Delete(neighbour);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, UnixCreateMode = mode };
        using (var file = new FileStream(neighbour, options))
        {
            using var writer = new StreamWriter(file, leaveOpen: true);
            writer.Write(text);
            writer.Flush();
            file.Flush(flushToDisk: true);
        }

        File.Move(neighbour, path, overwrite: true);
    }
}
