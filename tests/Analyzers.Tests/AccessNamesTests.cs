using System.Reflection;

namespace Bailiwick.Analyzers.Tests;

public sealed class AccessNamesTests
{
    private static readonly Assembly[] Product = [Assembly.Load("Bailiwick.Grains"), Assembly.Load("Bailiwick.Grains.Abstractions")];

    public static TheoryData<string> Watched => [.. AccessNames.OfTheProduct];

    /// <summary>A rule that watches a name nobody has any more would be silent instead of wrong.</summary>
    [Theory, MemberData(nameof(Watched))]
    public void Every_type_that_a_rule_watches_is_declared_by_the_product(string fullName) =>
        Assert.Contains(Product, assembly => assembly.GetType(fullName) is not null);

    [Fact]
    public void Every_permit_of_the_product_is_watched() =>
        Assert.Empty(Product
            .SelectMany(assembly => assembly.GetTypes())
            .Where(type => type.Name.EndsWith("Permit", StringComparison.Ordinal))
            .Select(type => type.FullName)
            .Except(AccessNames.OfTheProduct));
}
