using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions.Access;

namespace Bailiwick.Edge.Tests.Wire;

public sealed class RuleWordsTests
{
    private static bool Allows(Rule rule) => rule is >= Rule.GlobalAuthority and <= Rule.DevicePermission;

    [Fact]
    public void Every_rule_that_refuses_has_words_of_its_own()
    {
        var refusing = Enum.GetValues<Rule>().Where(rule => !Allows(rule)).ToList();
        Assert.Equal(refusing.Count, refusing.Select(RuleWords.Of).Where(words => words.Length > 0).Distinct().Count());
        Assert.All(Enum.GetValues<Rule>().Where(Allows), rule => Assert.Throws<ArgumentOutOfRangeException>(() => RuleWords.Of(rule)));
    }
}
