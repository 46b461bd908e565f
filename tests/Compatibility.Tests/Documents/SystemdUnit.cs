namespace Bailiwick.Compatibility.Tests.Documents;

/// <summary>The unit under which systemd runs the server.</summary>
internal static class SystemdUnit
{
    public static readonly string Path = System.IO.Path.Combine(Repository.Root, "packaging", "systemd", "bailiwick.service");

    /// <summary>What a unit file sets; systemd lets some names stand several times.</summary>
    public static ILookup<string, string> Read(string file) => File.ReadLines(file)
        .Where(line => line.Contains('=', StringComparison.Ordinal) && line[0] != '#')
        .Select(line => line.Split('=', 2)).ToLookup(pair => pair[0], pair => pair[1]);
}
