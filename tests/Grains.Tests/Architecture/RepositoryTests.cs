using System.Text.RegularExpressions;

namespace Bailiwick.Grains.Tests.Architecture;

/// <summary>What holds for every file of the repository.</summary>
public sealed partial class RepositoryTests
{
    /// <summary>
    /// The repository builds wherever it is cloned: no file leans on a folder beside it, and none names a package registry,
    /// which is the machine's to choose. A lock file of npm is free of it with "omit-lockfile-registry-resolved=true" in .npmrc.
    /// </summary>
    [Theory]
    [InlineData("..", "/shared")]
    [InlineData("registry.", "npmjs")]
    [InlineData("api.", "nuget.org")]
    public void No_file_names_a_place_outside_the_repository(string first, string second) =>
        Assert.DoesNotContain(Repository.Files(), file => Repository.Read(file).Contains(first + second, StringComparison.OrdinalIgnoreCase));

    [Fact]
    public void Decisions_are_numbered_once_each_and_named_after_their_title()
    {
        string[] names = [.. Repository.Files().Where(file => file.StartsWith("docs/decisions/", StringComparison.Ordinal)).Select(file => file["docs/decisions/".Length..])];
        Assert.All(names, name => Assert.Matches(DecisionName(), name));
        Assert.Equal(names.Length, names.Select(name => name[..4]).Distinct().Count());
    }

    [Theory]
    [InlineData("0001-authorize-in-the-grain.md", true)]
    [InlineData("0012-rocksdb-11.md", true)]
    [InlineData("1-short-number.md", false)]
    [InlineData("0001-Authorize.md", false)]
    [InlineData("0001_authorize.md", false)]
    [InlineData("0001-.md", false)]
    [InlineData("0001-two--hyphens.md", false)]
    [InlineData("drafts/0001-authorize.md", false)]
    public void A_decisions_name_is_four_digits_and_lower_case_words(string name, bool good) =>
        Assert.Equal(good, DecisionName().IsMatch(name));

    [GeneratedRegex(@"\A[0-9]{4}(-[a-z0-9]+)+\.md\z")]
    private static partial Regex DecisionName();
}
