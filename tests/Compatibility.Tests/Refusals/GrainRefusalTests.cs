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

    public static TheoryData<string> DeniedIds => [.. RefusalTable.Whole.Rows.Where(row => row.Rest?.Status == 403).Select(row => row.Id)];

    [Theory, MemberData(nameof(DeniedIds))]
    public async Task Every_denial_says_by_which_rule(string id)
    {
        var row = RefusalTable.Whole[id];
        await RestRefusalTests.PrepareAsync(door.World, row);
        door.BeginMinute();

        using var answer = await RestRefusalTests.SendAsync(door.World, row);

        Assert.Equal(403, (int)answer.StatusCode);
        await RestRefusalTests.RequireReasonAsync(door.World, row, await answer.Content.ReadAsStringAsync(), isAlwaysTold: true);
    }

    [Fact]
    public async Task A_refusal_at_the_grain_tells_a_client_nothing_of_why()
    {
        var refusal = await door.AskAsync("plain", new GrainDoorRow("IManagedObjectGrain.Read", "t1/{c}", "Denied"));

        Assert.Equal("Access is denied", refusal?.Message);
        Assert.NotEqual(refusal!.Message, refusal.LogText);
    }
}
