using System.Xml.Linq;

namespace Bailiwick.Grains.Tests.Architecture;

/// <summary>The source tree that this test was built from.</summary>
internal static class Repository
{
    public static readonly string Root = FindRoot();

    // What .gitignore names as folders is built or fetched, not written here.
    private static readonly HashSet<string> Unwritten =
        [.. File.ReadLines(Path.Combine(Root, ".gitignore")).Where(line => line.EndsWith('/')).Select(line => line.TrimEnd('/')), ".git"];

    /// <summary>Every file that somebody wrote, relative to the root, with forward slashes.</summary>
    public static IEnumerable<string> Files() => FilesBelow(Root).Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static XElement Xml(string file) => XElement.Load(Path.Combine(Root, file));

    /// <summary>The projects whose output a project takes as a reference, by name. What only helps to build it, such as our analyzers, is none.</summary>
    public static IEnumerable<string> ProjectReferences(string projectFile) =>
        Xml(projectFile).Descendants("ProjectReference")
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));

    /// <summary>The packages that a project or props file asks for, without those that take part in the build alone.</summary>
    public static IEnumerable<string> PackageReferences(string projectFile) =>
        Xml(projectFile).Descendants("PackageReference")
            .Where(reference => (string?)reference.Attribute("PrivateAssets") != "all")
            .Select(reference => (string)reference.Attribute("Include")!);

    private static IEnumerable<string> FilesBelow(string folder) =>
        Directory.EnumerateFiles(folder)
            .Concat(Directory.EnumerateDirectories(folder).Where(child => !Unwritten.Contains(Path.GetFileName(child))).SelectMany(FilesBelow));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Orleans.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"No Orleans.sln above {AppContext.BaseDirectory}.");
    }
}
