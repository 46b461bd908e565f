namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>The table's rows at the grain itself, behind every check that an interface might make.</summary>
public sealed class GrainRefusalTests(GrainDoor door) : IClassFixture<GrainDoor>
{
    public static TheoryData<string> Ids => [.. RefusalTable.Whole.Rows.Where(row => row.Grain is not null).Select(row => row.Id)];

    [Theory, MemberData(nameof(Ids))]
    public async Task At_the_grain_the_rule_holds(string id)
    {
        var row = RefusalTable.Whole[id];
        await RestRefusalTests.PrepareAsync(door.World, row);

        var refusal = await door.AskAsync(row.Actor, row.Grain!);

        Assert.Equal($"{row.Grain!.Ask}: {row.Grain.Kind}", $"{row.Grain.Ask}: {refusal?.Kind.ToString() ?? "Answer"}");
    }

    [Fact]
    public async Task A_refusal_at_the_grain_tells_a_client_nothing_of_why()
    {
        var refusal = await door.AskAsync("plain", new GrainDoorRow("IManagedObjectGrain.Read", "t1/{c}", "Denied"));

        Assert.Equal("Access is denied", refusal?.Message);
        Assert.NotEqual(refusal!.Message, refusal.LogText);
    }
}
