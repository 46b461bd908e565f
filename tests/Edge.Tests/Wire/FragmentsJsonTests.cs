using System.Text;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Inventory;

namespace Bailiwick.Edge.Tests.Wire;

public sealed class FragmentsJsonTests
{
    [Fact]
    public void A_new_object_keeps_its_fragments_as_received_and_loses_what_only_the_platform_sets()
    {
        Assert.Null(FragmentsJson.ReadNew("""
            {"name":"Pump 7","type":"acme_Pump","owner":"ann","id":"1","self":"x","creationTime":"x","lastUpdated":"x","childDevices":{},
             "childAssets":{},"childAdditions":{},"deviceParents":{},"assetParents":{},"additionParents":{},
             "c8y_IsDevice":{ },"gone":null,"deep":{"a":[1.0, "\u00e9"]}}
            """u8, out var created));
        Assert.Equal(("Pump 7", "acme_Pump", "ann"), (created.Name, created.Type, created.Owner));
        Assert.Equal(["c8y_IsDevice={ }", "deep={\"a\":[1.0, \"\\u00e9\"]}"], Printed(created.Fragments));
    }

    [Fact]
    public void In_a_change_null_takes_away_and_what_is_absent_stays()
    {
        Assert.Null(FragmentsJson.ReadChange("""{"name":null,"c8y_Gone":null}"""u8, out var change));
        Assert.True(change.ClearName);
        Assert.False(change.ClearType);
        Assert.Null(change.Type);
        Assert.True(Assert.Single(change.Fragments.Items).IsNull);

        Assert.Null(FragmentsJson.ReadChange("{}"u8, out change));
        Assert.Equal(ManagedObjectChange.Of(Fragments.None), change with { Fragments = Fragments.None });
    }

    [Theory]
    [InlineData("""{"name":7}""", RefusalKind.Invalid)]
    [InlineData("""{"type":{}}""", RefusalKind.Invalid)]
    [InlineData("""{"":1}""", RefusalKind.Invalid)]
    [InlineData("""{"a\u0000":1}""", RefusalKind.Invalid)]
    [InlineData("""{"a":1,"a":1}""", RefusalKind.Invalid)]
    [InlineData("[]", RefusalKind.Malformed)]
    [InlineData("{", RefusalKind.Malformed)]
    public void A_wrong_object_is_refused(string body, RefusalKind kind)
    {
        Assert.Equal(kind, FragmentsJson.ReadChange(Encoding.UTF8.GetBytes(body), out _)?.Kind);
        Assert.Equal(kind, FragmentsJson.ReadNew(Encoding.UTF8.GetBytes(body), out _)?.Kind);
    }

    [Fact]
    public void The_length_of_a_name_is_bounded()
    {
        string Named(int chars) => $"{{\"{new string('n', chars)}\":1}}";
        Assert.Null(FragmentsJson.ReadChange(Encoding.UTF8.GetBytes(Named(Limits.FragmentNameCharsMax)), out _));
        Assert.NotNull(FragmentsJson.ReadChange(Encoding.UTF8.GetBytes(Named(Limits.FragmentNameCharsMax + 1)), out _));
    }

    private static IEnumerable<string> Printed(Fragments fragments) =>
        fragments.Items.Select(f => $"{f.Name}={Encoding.UTF8.GetString(f.Json)}");
}
