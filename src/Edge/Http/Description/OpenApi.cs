using System.Globalization;
using System.Text.Json.Nodes;
using Bailiwick.Edge.Wire;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Microsoft.OpenApi;

namespace Bailiwick.Edge.Http.Description;

/// <summary>
/// The interface description. Paths come from the route table, permissions from the declarations on the grain methods that the gate reads, and
/// who holds these from the policy's own table: nothing is said here that is not enforced.
/// </summary>
internal static class OpenApi
{
    private const string BasicScheme = "basic";

    private static readonly (int Status, string When)[] Refusals =
    [
        (401, "Nobody that is known has signed in."),
        (403, "The caller may not do this."),
        (404, "There is no such thing, or the caller may not know of it."),
        (409, "It is there already, or something stands in the way."),
        (413, $"The body is larger than {Limits.RequestBodyBytesMax >> 20} MiB, or than the operator allows."),
        (415, "The body is of a type that nobody here reads."),
        (422, "The body or a parameter is not as it must be; the message says which and why."),
        (429, "Too much at once: Retry-After says when to come again."),
        (503, "The platform cannot do it now, for instance for want of room on its disk: Retry-After says when to come again."),
    ];

    private static readonly Dictionary<string, string> Parts = new(StringComparer.Ordinal)
    {
        ["id"] = "Its id.", ["tenant"] = "The tenant whose users these are: the caller's own.", ["userId"] = "The user's name.", ["groupId"] = "The group's number.", ["role"] = "The role's name.",
        ["name"] = "The group's name.", ["type"] = "The kind of external id, such as c8y_Serial.", ["externalId"] = "The external id.", ["childId"] = "The child's id.",
        ["category"] = "The option's category.", ["key"] = "The option's key.", ["option"] = "The option's type or id.",
    };

    public static OpenApiDocument Document(string version)
    {
        var document = new OpenApiDocument
        {
            Info = new OpenApiInfo
            {
                Title = "Bailiwick",
                Version = version,
                Description = "The REST interface. Each operation names the permissions that it asks for (x-required-permissions: one of them is needed), the roles that give each, and whether "
                    + "owning the object does. What a caller may not know of is answered as if it were not there.",
                License = new OpenApiLicense { Name = "Apache-2.0", Identifier = "Apache-2.0" },
            },
            Paths = [],
            Components = new OpenApiComponents
            {
                SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
                {
                    [BasicScheme] = new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.Http, Scheme = BasicScheme, Description = "TENANT/USER or USER alone, and the password. The tenant is that of the host where none is named.",
                    },
                },
                Schemas = new Dictionary<string, IOpenApiSchema>(),
            },
        };
        document.Components.Responses = Refusals.ToDictionary(refusal => Text(refusal.Status), refusal => (IOpenApiResponse)Refusal(document, refusal.When));
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BasicScheme, document)] = [] }];
        foreach (var routes in Routes.All.GroupBy(route => route.Template))
        {
            var path = new OpenApiPathItem { Operations = [] };
            foreach (var route in routes) path.Operations.Add(new HttpMethod(route.Method), Operation(document, route));
            document.Paths.Add(routes.Key, path);
        }
        return document;
    }

    private static OpenApiOperation Operation(OpenApiDocument document, Route route)
    {
        var description = route.Description;
        var operation = new OpenApiOperation
        {
            OperationId = IdOf(route),
            Summary = description.Summary,
            Description = route.IsOpen ? "Needs no signing in." : "Needs " + string.Join("; or ", route.Needs.Select(Said)) + ".",
            Tags = new HashSet<OpenApiTagReference> { new(TagOf(document, route.Segments[0]), document) },
            Parameters = [.. route.Segments.Where(Route.IsPart).Select(Part), .. description.Query.Select(Parameter)],
            Responses = Responses(document, route),
            Extensions = new Dictionary<string, IOpenApiExtension> { ["x-required-permissions"] = new JsonNodeExtension(Permissions(route)) },
        };
        if (route.IsOpen) operation.Security = [];
        if (description.Takes.Count > 0)
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Content(document, description.Takes) };
        return operation;
    }

    /// <summary>What any of the grain methods asks for, and who has it.</summary>
    private static JsonArray Permissions(Route route) => [.. route.Needs.Select(permission => (JsonNode)new JsonObject
    {
        ["permission"] = permission.ToString(),
        ["roles"] = new JsonArray([.. Policy.AuthoritiesFor(permission).Members().Select(authority => (JsonNode)authority.Name())]),
        ["owner"] = Policy.OwnerMay(permission),
    })];

    /// <summary>The same for people: the roles, and whether owning it does.</summary>
    private static string Said(Permission permission)
    {
        var roles = string.Join(" or ", Policy.AuthoritiesFor(permission).Members().Select(authority => authority.Name()));
        return Policy.OwnerMay(permission) ? $"{roles} or to own it" : roles;
    }

    private static OpenApiResponses Responses(OpenApiDocument document, Route route)
    {
        var description = route.Description;
        var responses = new OpenApiResponses
        {
            [Text(StatusOf(route))] = new OpenApiResponse
            {
                Description = description.Answers.Count == 0 ? "Done." : description.Summary, Content = Content(document, description.Answers),
            },
        };
        foreach (var (status, _) in Refusals)
            if (CanBe(status, route))
                responses[Text(status)] = new OpenApiResponseReference(Text(status), document);
        return responses;
    }

    private static bool CanBe(int status, Route route) => status switch
    {
        404 => route.Segments.Any(Route.IsPart),
        401 or 403 => !route.IsOpen,
        409 or 413 or 415 => route.Description.Takes.Count > 0,
        422 => route.Description.Takes.Count + route.Description.Query.Count > 0,
        _ => true,
    };

    private static OpenApiResponse Refusal(OpenApiDocument document, string when) => new()
    {
        Description = when, Content = new Dictionary<string, IOpenApiMediaType> { [MediaType.Error.Name] = new OpenApiMediaType { Schema = Schema(document, typeof(ErrorWire)) } },
    };

    private static Dictionary<string, IOpenApiMediaType> Content(OpenApiDocument document, IReadOnlyList<Shape> shapes)
    {
        var content = new Dictionary<string, IOpenApiMediaType>();
        foreach (var shape in shapes) content.TryAdd(shape.MediaType.Name, new OpenApiMediaType { Schema = Schema(document, shape.Wire) });
        return content;
    }

    private static OpenApiSchemaReference Schema(OpenApiDocument document, Type wire)
    {
        var name = Schemas.NameOf(wire);
        document.Components!.Schemas!.TryAdd(name, Schemas.Of(wire));
        return new OpenApiSchemaReference(name, document);
    }

    private static OpenApiParameter Part(string segment) => new()
    {
        Name = segment[1..^1], In = ParameterLocation.Path, Required = true, Description = Parts[segment[1..^1]], Schema = new OpenApiSchema { Type = JsonSchemaType.String },
    };

    private static OpenApiParameter Parameter(QueryParameter parameter) => new()
    {
        Name = parameter.Name, In = ParameterLocation.Query, Required = parameter.IsRequired, Description = parameter.Text, Schema = Schemas.Of(parameter.Kind),
        Explode = parameter.Kind != ParameterKind.Texts, Style = ParameterStyle.Form,
    };

    private static int StatusOf(Route route) => route.Method switch { "POST" => 201, "DELETE" => 204, _ => 200 };

    private static string TagOf(OpenApiDocument document, string family)
    {
        document.Tags ??= new HashSet<OpenApiTag>();
        if (document.Tags.All(tag => tag.Name != family)) document.Tags.Add(new OpenApiTag { Name = family });
        return family;
    }

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static string IdOf(Route route) =>
        route.Method.ToLowerInvariant() + string.Concat(route.Segments.Select(segment => "_" + (Route.IsPart(segment) ? "by_" + segment[1..^1] : segment)));
}
