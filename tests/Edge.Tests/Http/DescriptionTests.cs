using System.Text.Json.Nodes;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Http.Description;
using Bailiwick.Grains.Abstractions.Access;
using Microsoft.OpenApi;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>
/// The interface description is what is enforced. That endpoints read no other parameter and write no other document is checked with every request
/// of every test here: the exchange itself refuses to.
/// </summary>
public sealed class DescriptionTests
{
    private static readonly string[] Methods = [.. Routes.All.Select(route => $"{route.Method} {route.Template}").Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_route_is_described_and_nothing_else() =>
        Assert.Equal(Methods, RouteDescriptions.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public async Task The_document_is_valid_and_holds_every_route()
    {
        var read = OpenApiDocument.Parse(System.Text.Encoding.UTF8.GetString(await DescriptionMapping.WriteAsync("1.2.3")), "json");
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal("1.2.3", read.Document!.Info.Version);
        Assert.Equal(Methods, read.Document.Paths.SelectMany(path => path.Value.Operations!.Keys.Select(method => $"{method.Method} {path.Key}")).Order(StringComparer.Ordinal));
        Assert.Equal(Methods.Length, read.Document.Paths.SelectMany(path => path.Value.Operations!.Values).Select(operation => operation.OperationId).Distinct().Count());
    }

    [Fact]
    public async Task Each_operation_names_the_permissions_that_the_gate_asks_for_and_who_holds_them()
    {
        var paths = JsonNode.Parse(await DescriptionMapping.WriteAsync("1"))!["paths"]!;
        foreach (var route in Routes.All)
        {
            var named = paths[route.Template]![route.Method.ToLowerInvariant()]!["x-required-permissions"]!.AsArray();
            Assert.Equal(route.Needs.Select(permission => permission.ToString()), named.Select(one => one!["permission"]!.GetValue<string>()));
            foreach (var (permission, one) in route.Needs.Zip(named))
            {
                Assert.Equal(Policy.AuthoritiesFor(permission).Members().Select(authority => authority.Name()), one!["roles"]!.AsArray().Select(role => role!.GetValue<string>()));
                Assert.Equal(Policy.OwnerMay(permission), one["owner"]!.GetValue<bool>());
            }
        }
    }

    [Fact]
    public async Task Each_part_of_a_path_and_each_parameter_is_explained_and_errors_have_their_form()
    {
        var document = JsonNode.Parse(await DescriptionMapping.WriteAsync("1"))!;
        Assert.All(document["components"]!["responses"]!.AsObject(), refusal =>
            Assert.Equal("#/components/schemas/error", refusal.Value!["content"]!["application/vnd.com.nsn.cumulocity.error+json"]!["schema"]!["$ref"]!.GetValue<string>()));
        var open = Routes.All.Where(route => route.IsOpen).Select(route => route.Description.Summary).ToHashSet();
        foreach (var operation in document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject()).Select(operation => operation.Value!))
        {
            var isOpen = open.Contains(operation["summary"]!.GetValue<string>());
            Assert.Equal(isOpen, operation["security"] is System.Text.Json.Nodes.JsonArray { Count: 0 });
            Assert.All(operation["parameters"]?.AsArray() ?? [], parameter => Assert.NotEqual("", parameter!["description"]!.GetValue<string>()));
            foreach (var status in isOpen ? (string[])["429", "503"] : ["401", "403", "429", "503"])
                Assert.Equal($"#/components/responses/{status}", operation["responses"]![status]!["$ref"]!.GetValue<string>());
        }
    }
}
