using System.Text;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Mqtt;
using Bailiwick.Edge.SmartRest;

namespace Bailiwick.Compatibility.Tests.Refusals;

/// <summary>Every way in has a row that refuses. What has none stands on a reviewed list that may only get shorter.</summary>
public sealed class CoverageTests
{
    private static readonly RouteTree Tree = new(Routes.All);

    [Fact]
    public void Every_route_has_a_refusal_or_stands_on_the_list()
    {
        var refused = RefusalTable.Whole.Rows.Where(row => row.Rest is { Refuses: true, Status: not (401 or 405) }).Select(row => RouteOf(row.Rest!.Ask)).ToHashSet();

        Assert.Equal(Listed("routes-without-refusal.txt"), Routes.All.Where(route => !refused.Contains(route)).Select(route => $"{route.Method} {route.Template}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_route_is_denied_to_somebody_who_is_signed_in_or_stands_on_the_list()
    {
        var denied = RefusalTable.Whole.Rows.Where(row => row.Rest is { Status: 403 }).Select(row => RouteOf(row.Rest!.Ask)).ToHashSet();

        Assert.Equal(Listed("routes-without-denial.txt"), Routes.All.Where(route => !denied.Contains(route)).Select(route => $"{route.Method} {route.Template}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_grain_method_has_a_refusal_or_stands_on_the_list()
    {
        var refused = RefusalTable.Whole.Rows.Where(row => row.Grain is { Kind: not "Answer" }).Select(row => row.Grain!.Ask).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(Listed("grain-methods-without-refusal.txt"), GrainDoor.Methods.Select(GrainDoor.NameOf).Where(name => !refused.Contains(name)));
    }

    [Fact]
    public void Every_grain_method_is_denied_to_somebody()
    {
        var denied = RefusalTable.Whole.Rows.Where(row => row.Grain is { Kind: "Denied" }).Select(row => row.Grain!.Ask).ToHashSet(StringComparer.Ordinal);

        Assert.Equal([], GrainDoor.Methods.Select(GrainDoor.NameOf).Where(name => !denied.Contains(name)));
    }

    /// <summary>By what it lacks or has too much of, and by whose it is about.</summary>
    [Theory]
    [InlineData("45")]
    [InlineData("50")]
    public void Every_static_template_has_a_refusal_of_its_form_and_one_of_its_effect(string code)
    {
        var refused = OverMqtt.SelectMany(row => row.Lines ?? []).Select(line => line.TrimStart('*').Split(',')).Where(line => line.Length > 2 && line[0] == code).Select(line => line[1]).ToHashSet(StringComparer.Ordinal);
        // What has columns without end and needs none of them is never of a wrong form.
        string[] formless = code == "45" ? ["114", "116", "118", "119", "143"] : [];

        Assert.Equal(formless, TemplateSet.Static().RequestIds.Where(id => !refused.Contains(id)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Everything_that_can_be_subscribed_to_is_denied_to_somebody()
    {
        var denied = OverMqtt.SelectMany(row => row.Denied ?? []).Select(filter => Topics.Subscribed(Encoding.UTF8.GetBytes(filter)).Kind).ToHashSet();

        // What both kinds of clients may hear is denied to nobody who is connected.
        Assert.Equal([SubscribeKind.Credentials, SubscribeKind.Errors], Enum.GetValues<SubscribeKind>().Where(kind => !denied.Contains(kind)));
    }

    [Fact]
    public void Everything_that_can_be_published_on_is_refused_to_somebody()
    {
        // A row that sends on several topics shows which of them is refused only where each has its line.
        var refused = OverMqtt.Where(row => row.Send is { Count: 1 } ? row.Lines is { Count: > 0 } || row.Closes : row.Lines?.Count == row.Send?.Count).SelectMany(row => row.Send ?? []).Where(send => send.Topic is not null).Select(send => KindOf(send.Topic!)).ToHashSet();

        (PublishKind, JsonTopic)[] all =
        [
            .. Enum.GetValues<PublishKind>().Where(kind => kind != PublishKind.Json).Select(kind => (kind, JsonTopic.None)),
            .. Enum.GetValues<JsonTopic>().Where(topic => topic != JsonTopic.None).Select(topic => (PublishKind.Json, topic)),
        ];
        Assert.Equal([], all.Except(refused));
    }

    [Fact]
    public void The_table_names_every_row_once_and_gives_it_a_rule_and_a_door()
    {
        var rows = RefusalTable.Whole.Rows;

        Assert.Equal(rows.Count, rows.Select(row => row.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(rows, row => Assert.True(row.Rule.Length > 0 && (row.Rest ?? row.Mqtt ?? (object?)row.Grain) is not null, row.Id));
        Assert.All(rows.Where(row => row.Rest is { Refuses: true }), row => Assert.False(row.Rest!.Error is null, $"{row.Id} does not say which error"));
    }

    private static IEnumerable<MqttDoorRow> OverMqtt => RefusalTable.Whole.Rows.Select(row => row.Mqtt).OfType<MqttDoorRow>();

    private static (PublishKind, JsonTopic) KindOf(string topic)
    {
        var published = Topics.Published(Encoding.UTF8.GetBytes(topic));
        return (published.Kind, published.Json);
    }

    private static Route? RouteOf(string ask)
    {
        var (method, path) = (ask[..ask.IndexOf(' ', StringComparison.Ordinal)], ask[(ask.IndexOf(' ', StringComparison.Ordinal) + 1)..]);
        return Tree.Find(path.Split('?')[0], [])?.For(method);
    }

    private static IEnumerable<string> Listed(string name) =>
        File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Refusals", name)).Where(line => line.Length > 0 && line[0] != '#');
}
