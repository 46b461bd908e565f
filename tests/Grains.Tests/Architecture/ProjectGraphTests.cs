namespace Bailiwick.Grains.Tests.Architecture;

/// <summary>
/// Who may refer to whom, read from the project files. The tables are the rule: a new line in one is a decision, and the
/// decision's page in docs/decisions says what it is for.
/// </summary>
public sealed class ProjectGraphTests
{
    private static readonly Dictionary<string, string[]> ProjectsAllowed = new()
    {
        ["Grains.Abstractions"] = [],
        ["Grains"] = ["Grains.Abstractions"],
        // Not Grains: the Edge reaches state only by asking a grain.
        ["Edge"] = ["Grains.Abstractions"],
        ["Silo"] = ["Edge", "Grains"],
    };

    private static readonly Dictionary<string, string[]> PackagesAllowed = new()
    {
        ["Grains.Abstractions"] = ["Microsoft.Orleans.Sdk"],
        ["Grains"] = ["Microsoft.Orleans.Sdk", "Microsoft.Orleans.Runtime", "NSec.Cryptography"],
        ["Edge"] = ["Microsoft.Orleans.Sdk", "MQTTnet", "Microsoft.OpenApi", "Scalar.AspNetCore"],
        ["Silo"] = ["Microsoft.Orleans.Server", "RocksDB", "System.CommandLine", "OpenTelemetry.Extensions.Hosting", "OpenTelemetry.Exporter.OpenTelemetryProtocol", "OpenTelemetry.Instrumentation.AspNetCore"],
    };

    public static TheoryData<string> Shipped => [.. ProjectsAllowed.Keys];

    [Fact]
    public void Every_shipped_project_is_in_the_tables()
    {
        var shipped = ProjectFiles("src/").Select(NameOf).Order(StringComparer.Ordinal);
        Assert.Equal(ProjectsAllowed.Keys.Order(StringComparer.Ordinal), shipped);
        Assert.Equal(ProjectsAllowed.Keys.Order(StringComparer.Ordinal), PackagesAllowed.Keys.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Shipped))]
    public void A_shipped_project_refers_to_exactly_the_projects_it_may(string project) =>
        Assert.Equal(
            ProjectsAllowed[project].Order(StringComparer.Ordinal),
            Repository.ProjectReferences($"src/{project}/{project}.csproj").Order(StringComparer.Ordinal));

    [Theory, MemberData(nameof(Shipped))]
    public void A_shipped_project_asks_for_no_package_beyond_its_list(string project) =>
        Assert.Empty(Repository.PackageReferences($"src/{project}/{project}.csproj").Except(PackagesAllowed[project]));

    [Theory]
    [InlineData("Directory.Build.props")]
    [InlineData("src/Directory.Build.props")]
    public void No_package_enters_shipped_code_through_shared_properties(string props)
    {
        Assert.Empty(Repository.PackageReferences(props));
        Assert.Empty(Repository.ProjectReferences(props));
    }

    [Fact]
    public void Tests_and_tools_reach_the_stores_only_through_the_silo()
    {
        string[] ofTheSiloAlone = ["RocksDB", "Azure."];
        Assert.DoesNotContain(
            ProjectFiles("tests/").Concat(ProjectFiles("eng/")).SelectMany(file => Repository.PackageReferences(file), (file, package) => (file, package)),
            reference => ofTheSiloAlone.Any(prefix => reference.package.StartsWith(prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_project_has_our_build_rules_our_lock_file_and_a_place_in_the_solution()
    {
        var solution = Repository.Read("Orleans.sln").Replace('\\', '/');
        var files = Repository.Files().ToHashSet();
        foreach (var file in ProjectFiles(""))
        {
            Assert.Contains($"\"{file}\"", solution, StringComparison.Ordinal);
            Assert.Contains($"{Path.GetDirectoryName(file)}/packages.lock.json", files);
        }
        Assert.Contains(
            Repository.Xml("src/Directory.Build.props").Descendants("ProjectReference"),
            reference => (string?)reference.Attribute("OutputItemType") == "Analyzer");
    }

    private static string[] ProjectFiles(string folder) =>
        [.. Repository.Files().Where(file => file.StartsWith(folder, StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal))];

    private static string NameOf(string projectFile) => Path.GetFileNameWithoutExtension(projectFile);
}
