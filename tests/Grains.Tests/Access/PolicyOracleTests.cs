using System.Security.Cryptography;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Tests.Access.Oracle;
using FsCheck;
using FsCheck.Fluent;

namespace Bailiwick.Grains.Tests.Access;

/// <summary>
/// The policy against a second opinion, in worlds drawn at random. BAILIWICK_POLICY_SEED and BAILIWICK_POLICY_DECISIONS set what is otherwise random
/// or short; <c>./dev fuzz</c> runs the long form. BAILIWICK_POLICY_SHRINK=0 is for whoever only wants to know whether there is a mistake.
/// </summary>
public sealed class PolicyOracleTests
{
    private const long DecisionsInCi = 1_000_000;
    private const int ModelsAtOnce = 50;

    private static readonly Arbitrary<Model> Worlds = Seeds.Setting("BAILIWICK_POLICY_SHRINK") == 0 ? Models.AsDrawn : Models.Arbitrary;

    [Fact]
    [Trait("Campaign", "Fuzz")]
    public void Policy_and_oracle_say_the_same_of_everything()
    {
        var first = Seeds.Setting("BAILIWICK_POLICY_SEED") ?? RandomNumberGenerator.GetInt32(int.MaxValue);
        var count = Seeds.Setting("BAILIWICK_POLICY_DECISIONS") ?? DecisionsInCi;
        TestContext.Current.TestOutputHelper?.WriteLine($"Replay: BAILIWICK_POLICY_SEED={first} BAILIWICK_POLICY_DECISIONS={count} ./dev test {nameof(PolicyOracleTests)}");
        var tally = new Tally();
        for (var seed = first; tally.Decisions < count; seed++) Run(seed, tally);
        TestContext.Current.TestOutputHelper?.WriteLine(tally.ToString());

        // A short replay proves nothing of what was drawn.
        if (count < DecisionsInCi / 20) return;
        Assert.True(tally.Allowed > tally.Decisions / 5 && tally.Allowed < tally.Decisions * 4 / 5, $"Nearly one answer only: {tally}");
        // Whoever is not served gets as far as no decision: explanations alone say that. The last rules are none of the table's.
        Assert.All(Enum.GetValues<Rule>().Where(rule => rule is not Rule.NotServed and < Rule.PlatformOnly), rule => Assert.True(tally.Of(rule) > 0, $"{rule} never decided: {tally}"));
    }

    [Fact]
    public void The_oracle_knows_every_permission() =>
        Assert.Equal(Enum.GetNames<Permission>().Order(StringComparer.Ordinal), PolicyOracle.Doors.Order(StringComparer.Ordinal));

    private static void Run(long seed, Tally tally) => Seeds.Play(
        seed, ModelsAtOnce, Worlds, model => new Interview(model, tally).Run(), $"Replay with: BAILIWICK_POLICY_SEED={seed} BAILIWICK_POLICY_DECISIONS=1 ./dev test {nameof(PolicyOracleTests)}");
}
